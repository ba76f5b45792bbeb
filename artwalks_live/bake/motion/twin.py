"""The natural-looking twin of a painting: networks that were trained on photographs see water in it as water.

The twin is painted over the painting and keeps its framing, so a mask or a motion found on it lies where it belongs.
Mahapatra et al., "Text-Guided Synthesis of Eulerian Cinemagraphs", SIGGRAPH Asia 2023, sec. 4 (there the twin is
painted beside the artwork, from one prompt; here over a painting that exists).
"""

from __future__ import annotations

from artwalks_live.bake.fields import Pixels
from artwalks_live.bake.restyling import Img2Img, Restyling

OPTION = "--twin"
PROMPT = "a photograph of nature, realistic, natural light, highly detailed"
NEGATIVE = "painting, drawing, brush strokes, canvas, frame, text"
STRENGTH, STEPS, GUIDANCE, SEED = 0.6, 30, 7.5, 42


def twin_options(model: str, prompt: str = PROMPT, negative: str = NEGATIVE, seed: int = SEED) -> Restyling:
    """How a twin is painted; `dataclasses.replace` changes strength, steps, guidance, device and dtype.

    model   a folder of Stable Diffusion, or its name
    prompt  such as 'a photograph of a waterfall in the mountains'
    """
    return Restyling(model, prompt, negative, STRENGTH, STEPS, GUIDANCE, seed, option=OPTION)


def twin_of(picture: Pixels, model: Img2Img) -> Pixels:
    """A painting's twin: (H, W, 3) uint8 sRGB to the same. Raises ModelError when the model cannot paint it."""
    return model.paint(picture)
