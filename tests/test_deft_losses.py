"""Each loss by hand or by what it must prefer."""

from __future__ import annotations

import pytest
import torch
from torch.nn import functional

from deft.losses import alignment_loss, au_loss, decorrelation_loss, emotion_loss, language_loss


def test_cross_entropy_skips_what_is_unknown() -> None:
    logits = torch.tensor([[2.0, 0.0], [0.0, 1.0], [5.0, 5.0]])
    target = torch.tensor([0, 1, -1])
    assert torch.isclose(emotion_loss(logits, target), functional.cross_entropy(logits[:2], target[:2]))
    assert emotion_loss(logits, torch.full((3,), -1)) == 0


def test_focal_loss_by_hand() -> None:
    logits = torch.log(torch.tensor([[0.8, 0.2], [0.3, 0.7]]))
    found = emotion_loss(logits, torch.tensor([0, 0]), focal=2.0)
    p = torch.tensor([0.8, 0.3])
    assert torch.isclose(found, (-((1 - p) ** 2) * p.log()).mean())


def test_classes_weigh_as_they_are_told() -> None:
    logits, target = torch.zeros(4, 2), torch.tensor([0, 0, 0, 1])
    found = emotion_loss(logits, target, torch.tensor([2 / 3, 2.0]))
    assert torch.isclose(found, torch.log(torch.tensor(2.0)))  # mean weight 1


def test_action_units_by_hand() -> None:
    logits = torch.tensor([[1.0, -1.0], [0.5, 3.0]])
    target = torch.tensor([[1.0, 0.0], [0.0, 1.0]])
    known = torch.tensor([[True, True], [True, False]])
    each = torch.stack([-functional.logsigmoid(logits[0, 0]) * 3, -functional.logsigmoid(-logits[0, 1])])
    third = -functional.logsigmoid(-logits[1, 0])
    found = au_loss(logits, target, known, torch.tensor([3.0, 1.0]))
    assert torch.isclose(found, (each.sum() + third) / 3)
    assert au_loss(logits, target, torch.zeros(2, 2, dtype=torch.bool)) == 0


def test_unsupervised_tokens_do_not_count() -> None:
    logits = torch.randn(2, 5, 7)
    target = torch.tensor([[-100, 1, 2, -100, -100], [-100, -100, -100, -100, 6]])
    kept = target != -100
    assert torch.isclose(language_loss(logits, target), functional.cross_entropy(logits[kept], target[kept]))
    assert language_loss(logits, torch.full((2, 5), -100)) == 0


def test_alignment_prefers_the_clips_own_phrases() -> None:
    phrases = torch.eye(4, 8)
    tokens = torch.randn(4, 3, 8) * 0.01
    tokens[torch.arange(4), 1] = phrases  # clip i has one token that says phrase i
    target, known = torch.eye(4), torch.ones(4, 4, dtype=torch.bool)
    right = alignment_loss(tokens, phrases, target, known)
    wrong = alignment_loss(tokens, phrases, target.roll(1, 0), known)
    assert right < 0.1 < wrong
    assert alignment_loss(tokens, phrases, torch.zeros(4, 4), known) == 0


def test_alignment_does_not_punish_what_is_unknown() -> None:
    phrases, tokens = torch.randn(3, 8), torch.randn(2, 4, 8)
    target = torch.tensor([[1.0, 0, 0], [0, 1.0, 0]])
    known = torch.tensor([[True, True, False], [True, True, False]])
    changed = phrases.clone()
    changed[2] = tokens[0, 0] * 10
    one, other = (alignment_loss(tokens, p, target, known) for p in (phrases, changed))
    assert torch.isclose(one, other)
    nobody = torch.zeros(2, 3, dtype=torch.bool)
    assert torch.isfinite(alignment_loss(tokens, phrases, target, nobody))


def test_decorrelation_sees_copies() -> None:
    torch.manual_seed(0)
    one, other = torch.randn(256, 4), torch.randn(256, 4)
    copied = decorrelation_loss([one, one @ torch.randn(4, 4)])
    assert decorrelation_loss([one, other]) < 0.02 < copied
    assert decorrelation_loss([one]) == 0
    assert decorrelation_loss([one[:2], other[:2]]) == 0


@pytest.mark.parametrize("count", [3, 64])
def test_decorrelation_can_be_learned(count: int) -> None:
    torch.manual_seed(0)
    one, other = torch.randn(count, 4), torch.randn(count, 4).requires_grad_()
    decorrelation_loss([one, other]).backward()
    assert other.grad is not None
    assert torch.isfinite(other.grad).all()
    assert other.grad.abs().sum() > 0
