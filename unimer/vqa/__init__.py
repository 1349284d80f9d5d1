"""Visual question answering on micro-expressions: ME-VQA and ME-LVQA (MEGC 2025 and 2026): docs/vqa.md."""
