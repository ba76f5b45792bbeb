"""The embeddings of a walk's paintings: made once for a painting and a model, and kept in the store's records."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace

import numpy as np

from artwalks_live.bake import clip, framing
from artwalks_live.bake.clip import Clip
from artwalks_live.bake.framing import Entry
from artwalks_live.bake.request import BakeRequest
from artwalks_live.bake.store import Store, key
from artwalks_live.core.embedding import packed


def part(entry: Entry, model: Clip) -> str:
    """The name of the record of a painting's embedding: of the whole painting, however it is fitted."""
    return key("embedding", entry.framed.whole_sha256, model.name, clip.VERSION)


def embed_all(
    request: BakeRequest, entries: Sequence[Entry], store: Store, model: Clip, doing: Callable[[str], None]
) -> list[Entry]:
    """The entries with their paintings' embeddings. Raises ModelError when the model cannot be used."""
    missing = [entry for entry in entries if store.record(part(entry, model)) is None]
    if missing:
        doing(f"embedding {len(missing)} paintings")
        framing.frame_again(request, missing, store)
        for entry in missing:  # one by one: what is done is kept
            vector = model.embed([store.work(entry.framed.source)["whole"]])[0]
            store.keep(part(entry, model), [], embedding=packed(np.asarray(vector)))
    records = [store.record(part(entry, model)) for entry in entries]
    return [
        replace(entry, embedding=record["embedding"] if record else "")
        for entry, record in zip(entries, records, strict=True)
    ]
