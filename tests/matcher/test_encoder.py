from __future__ import annotations

import random
from importlib.resources import as_file, files
from pathlib import Path

import numpy as np
import onnx
import pytest
import tokenizers
from hypothesis import given
from hypothesis import strategies as st
from onnx import TensorProto, helper, numpy_helper

from matcher.corpus import Corpus
from matcher.encoder import (
    BundledEncoder,
    Encoder,
    OnnxEncoder,
    VectorCache,
    Vectors,
    load_encoder,
    read_vectors,
    text_key,
    write_vectors,
)
from matcher.profile import LANGUAGES
from matcher.ranking import Matcher
from matcher.taxonomy import Taxonomy
from tests.matcher.builders import ToyEncoder

# One meaning a line, in English, French and Japanese.
_TRIPLES = [
    (
        "A factory that turns waste wood into jet fuel.",
        "Une usine qui transforme les résidus de bois en carburant pour avions.",
        "廃木材から航空燃料をつくる工場。",
    ),
    (
        "We want hospitals to test our cancer imaging software.",
        "Nous souhaitons que des hôpitaux mettent à l'essai notre logiciel d'imagerie du cancer.",
        "当社のがん画像診断ソフトを病院で試してほしい。",
    ),
    (
        "Builds quantum computers cooled close to absolute zero.",
        "Construit des ordinateurs quantiques refroidis près du zéro absolu.",
        "絶対零度近くまで冷やした量子コンピューターを製造する。",
    ),
    (
        "Batteries for electric buses",
        "Des batteries pour autobus électriques",
        "電気バス用の電池",
    ),
    (
        "The city needs a way to detect leaks in its water pipes.",
        "La ville a besoin d'un moyen de détecter les fuites dans ses conduites d'eau.",
        "市は水道管の漏水を見つける方法を必要としている。",
    ),
    (
        "Robots help elderly people get out of bed.",
        "Des robots aident les personnes âgées à sortir du lit.",
        "ロボットが高齢者のベッドからの起き上がりを助ける。",
    ),
    (
        "Satellites watch forest fires from space.",
        "Des satellites surveillent les feux de forêt depuis l'espace.",
        "人工衛星が宇宙から森林火災を監視する。",
    ),
    (
        "Guidelines for the safe use of artificial intelligence in government",
        "Des lignes directrices pour l'usage sûr de l'intelligence artificielle dans l'administration publique",
        "行政における人工知能の安全な利用のための指針",
    ),
    (
        "Self-driving trucks carry goods between warehouses.",
        "Des camions autonomes transportent des marchandises entre les entrepôts.",
        "自動運転トラックが倉庫の間で荷物を運ぶ。",
    ),
    (
        "Grows strawberries indoors under LED light.",
        "Cultive des fraises à l'intérieur sous un éclairage DEL.",
        "LED照明を使って屋内でイチゴを栽培する。",
    ),
    (
        "Designs chips that consume little electricity.",
        "Conçoit des puces qui consomment peu d'électricité.",
        "消費電力の少ない半導体チップを設計する。",
    ),
    (
        "Captures carbon dioxide from cement plants.",
        "Capte le dioxyde de carbone des cimenteries.",
        "セメント工場から二酸化炭素を回収する。",
    ),
    (
        "The university looks for foreign students in mathematics.",
        "L'université recherche des étudiants étrangers en mathématiques.",
        "大学は数学を学ぶ外国人留学生を求めている。",
    ),
    (
        "An investment fund for young technology companies",
        "Un fonds d'investissement pour les jeunes entreprises technologiques",
        "若い技術系企業に投資するファンド",
    ),
    (
        "Vaccines against influenza made from plants",
        "Des vaccins contre la grippe fabriqués à partir de plantes",
        "植物からつくるインフルエンザワクチン",
    ),
    (
        "Software that translates medical documents automatically.",
        "Un logiciel qui traduit automatiquement des documents médicaux.",
        "医療文書を自動で翻訳するソフトウェア。",
    ),
    (
        "Ships that run on hydrogen",
        "Des navires qui fonctionnent à l'hydrogène",
        "水素で動く船",
    ),
    (
        "Protects banks against cyberattacks.",
        "Protège les banques contre les cyberattaques.",
        "銀行をサイバー攻撃から守る。",
    ),
    (
        "Drones inspect bridges and tunnels.",
        "Des drones inspectent les ponts et les tunnels.",
        "ドローンで橋やトンネルを点検する。",
    ),
    (
        "Offshore wind farms need cheaper foundations.",
        "Les parcs éoliens en mer ont besoin de fondations moins chères.",
        "洋上風力発電所にはより安価な基礎が必要だ。",
    ),
]


@pytest.fixture(scope="module")
def bundled() -> BundledEncoder:
    return BundledEncoder()


@pytest.fixture(scope="module")
def vectors(bundled: BundledEncoder) -> Vectors:
    """All sentences: those of one meaning stand in one row of shape (meanings, languages, dimension)."""
    return bundled.encode([text for triple in _TRIPLES for text in triple]).reshape(len(_TRIPLES), 3, -1)


# --- the bundled model ------------------------------------------------------------------------------------------------


def test_weights_that_are_not_the_pinned_ones_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(BundledEncoder, "WEIGHTS_SHA256", "0" * 64)
    with pytest.raises(RuntimeError, match=r"not the pinned ones: sha256 is [0-9a-f]{64}$"):
        BundledEncoder().encode(["text"])


def test_the_model_id_carries_the_hash_of_the_weights() -> None:
    assert BundledEncoder.model_id.endswith(BundledEncoder.WEIGHTS_SHA256[:12])


def test_vectors_have_unit_length_and_single_precision(vectors: Vectors) -> None:
    assert vectors.dtype == np.float32 and vectors.shape[-1] == BundledEncoder.dimension
    assert np.allclose(np.linalg.norm(vectors, axis=-1), 1, atol=1e-5)


def test_a_vector_is_the_same_whatever_else_is_in_the_batch(bundled: BundledEncoder, vectors: Vectors) -> None:
    alone = np.concatenate([bundled.encode([text]) for triple in _TRIPLES[:4] for text in triple])
    assert np.abs(alone - vectors[:4].reshape(12, -1)).max() < 1e-3


@pytest.mark.parametrize("text", ["", "   ", "\n", "…", "🤝", "a" * 5000, "量" * 2000])
def test_odd_texts_have_vectors_too(bundled: BundledEncoder, text: str) -> None:
    assert np.linalg.norm(bundled.encode([text])) == pytest.approx(1, abs=1e-5)


def test_width_and_case_do_not_matter(bundled: BundledEncoder) -> None:
    one, other = bundled.encode(["RISC-V ｱｸｾﾗﾚｰﾀ", "ｒｉｓｃ－ｖ アクセラレータ"])
    assert np.allclose(one, other, atol=1e-6)


def test_no_texts_give_no_vectors(bundled: BundledEncoder) -> None:
    assert bundled.encode([]).shape == VectorCache(bundled).encode([]).shape == (0, 512)


def test_sentences_find_their_translations_before_all_others(vectors: Vectors) -> None:
    flat = vectors.reshape(-1, vectors.shape[-1])
    likeness = flat @ flat.T
    np.fill_diagonal(likeness, -1)
    first_two = np.argsort(-likeness, axis=1)[:, :2] // 3
    own = np.arange(len(flat))[:, None] // 3
    assert (first_two == own).mean() >= 0.9


@pytest.mark.parametrize(("asked", "found"), [(0, 1), (0, 2), (1, 0), (1, 2), (2, 0), (2, 1)])
def test_sentences_find_their_translation_in_another_language(vectors: Vectors, asked: int, found: int) -> None:
    best = (vectors[:, asked] @ vectors[:, found].T).argmax(axis=1)
    assert (best == np.arange(len(_TRIPLES))).mean() >= 0.9


# --- the cache --------------------------------------------------------------------------------------------------------


def test_no_text_is_encoded_twice() -> None:
    toy = ToyEncoder()
    cache = VectorCache(toy)
    first = cache.encode(["battery", "robot", "battery", "ＲＯＢＯＴ "])
    assert toy.batches == [["battery", "ＲＯＢＯＴ "]] and len(cache.added) == 2
    assert np.array_equal(first, cache.encode(["robot", "battery"])[[1, 0, 1, 0]])
    assert len(toy.batches) == 1


def test_what_is_known_from_elsewhere_is_not_encoded_nor_added() -> None:
    warm = VectorCache(ToyEncoder())
    warm.encode(["battery"])
    toy = ToyEncoder()
    cache = VectorCache(toy, warm.known)
    cache.encode(["battery"])
    assert toy.batches == [] and cache.added == {}


def test_a_cache_does_not_change_what_it_was_given() -> None:
    given_: dict[str, np.ndarray[tuple[int], np.dtype[np.float16]]] = {}
    VectorCache(ToyEncoder(), given_).encode(["battery"])
    assert given_ == {}


def test_another_model_finds_nothing_of_this_one() -> None:
    assert text_key("one", "battery") != text_key("other", "battery")
    assert text_key("one", "ＢＡＴＴＥＲＹ") == text_key("one", "battery")


def test_progress_adds_up_to_what_was_encoded() -> None:
    told: list[int] = []
    cache = VectorCache(ToyEncoder())
    cache.encode([f"text {i % 70}" for i in range(100)], told.append)
    assert sum(told) == 70 and len(told) > 1
    cache.encode(["text 1"], told.append)
    assert sum(told) == 70


@given(st.lists(st.text(st.characters(codec="utf-8")), max_size=40))
def test_cached_vectors_are_those_of_the_encoder_in_the_order_asked_for(texts: list[str]) -> None:
    fresh = ToyEncoder().encode(texts)
    cached = VectorCache(ToyEncoder()).encode(texts)
    assert np.abs(cached - fresh).max(initial=0) < 1e-3  # half precision in between
    assert np.allclose(np.linalg.norm(cached, axis=1), 1, atol=1e-5)


def test_half_precision_comes_back_from_a_file_as_it_was(tmp_path: Path) -> None:
    cache = VectorCache(ToyEncoder())
    cache.encode(["battery", "robot", "left out"])
    keys = [text_key("toy", text) for text in ("robot", "battery", "robot")]
    write_vectors(tmp_path / "vectors.npz", cache.known, keys)
    back = read_vectors(tmp_path / "vectors.npz")
    assert back.keys() == set(keys)
    assert all(v.dtype == np.float16 and np.array_equal(v, cache.known[key]) for key, v in back.items())


def test_equal_content_gives_an_equal_file(tmp_path: Path) -> None:
    cache = VectorCache(ToyEncoder())
    cache.encode(["battery", "robot"])
    for name, keys in (("one", list(cache.known)), ("other", list(cache.known)[::-1])):
        write_vectors(tmp_path / f"{name}.npz", cache.known, keys)
    assert (tmp_path / "one.npz").read_bytes() == (tmp_path / "other.npz").read_bytes()


# --- the shipped vectors ----------------------------------------------------------------------------------------------


def _shipped_texts(corpus: Corpus) -> list[str]:
    known = [*(p.statements for p in corpus.profiles.values()), *(p.statements for p in corpus.programmes.values())]
    labels = {c.label(lang) for c in Taxonomy.shipped().concepts.values() for lang in LANGUAGES}
    return sorted({s.text for statements in known for s in statements} | labels)


def test_the_shipped_file_has_every_statement_and_label_and_nothing_else(corpus: Corpus) -> None:
    with as_file(files("matcher.data") / "vectors" / "statements.npz") as path:
        shipped = read_vectors(path)
    texts = {text_key(BundledEncoder.model_id, text): text for text in _shipped_texts(corpus)}
    assert not [text for key, text in texts.items() if key not in shipped]
    assert not shipped.keys() - texts.keys()


class _Refusing(ToyEncoder):
    model_id = BundledEncoder.model_id
    dimension = BundledEncoder.dimension

    def encode(self, texts: object) -> Vectors:
        raise AssertionError(texts)


def test_a_first_start_encodes_nothing(corpus: Corpus) -> None:
    Matcher(cache=VectorCache.shipped(_Refusing())).fit(corpus.profiles.values())


def test_shipped_vectors_are_those_the_model_gives_today(corpus: Corpus, bundled: BundledEncoder) -> None:
    sample = random.Random(20).sample(_shipped_texts(corpus), 20)  # noqa: S311 - no secret
    shipped = VectorCache.shipped(_Refusing()).encode(sample)
    assert (shipped * bundled.encode(sample)).sum(axis=1).min() > 0.999


# --- one's own model --------------------------------------------------------------------------------------------------

_VOCABULARY = {"[UNK]": 0, "[PAD]": 1, "robot": 2, "arm": 3, "水素": 4}
_EMBEDDING = np.array([[0, 0, 1], [9, 9, 9], [1, 0, 0], [0, 1, 0], [0, 3, 4]], np.float32)


def _tiny_model(folder: Path, *, model: str = "model.onnx", inputs: tuple[str, ...] = (), padded_to: int = 0) -> Path:
    """A model that looks each word up in a table, as sentence-transformers would export it."""
    ids, *others = (helper.make_tensor_value_info(i, TensorProto.INT64, [1, None]) for i in ("input_ids", *inputs))
    tokens = helper.make_tensor_value_info("last_hidden_state", TensorProto.FLOAT, [1, None, 3])
    table = numpy_helper.from_array(_EMBEDDING, "table")
    look_up = helper.make_node("Gather", ["table", "input_ids"], ["last_hidden_state"])
    graph = helper.make_graph([look_up], "tiny", [ids, *others], [tokens], [table])
    path = folder / model
    path.parent.mkdir(parents=True, exist_ok=True)
    opset = [helper.make_opsetid("", 17)]
    onnx.save(helper.make_model(graph, ir_version=9, opset_imports=opset), str(path))
    tokenizer = tokenizers.Tokenizer(tokenizers.models.WordLevel(_VOCABULARY, unk_token="[UNK]"))  # noqa: S106 - no secret
    tokenizer.pre_tokenizer = tokenizers.pre_tokenizers.Whitespace()
    if padded_to:
        tokenizer.enable_padding(pad_id=1, pad_token="[PAD]", length=padded_to)  # noqa: S106 - the same
    tokenizer.save(str(folder / "tokenizer.json"))
    return folder


@pytest.mark.parametrize("model", ["model.onnx", "onnx/model.onnx"])
@pytest.mark.parametrize("inputs", [(), ("attention_mask",), ("attention_mask", "token_type_ids")])
@pytest.mark.parametrize("padded_to", [0, 8])
def test_an_onnx_model_gives_the_unit_length_mean_of_its_tokens(
    tmp_path: Path, model: str, inputs: tuple[str, ...], padded_to: int
) -> None:
    encoder = OnnxEncoder(_tiny_model(tmp_path, model=model, inputs=inputs, padded_to=padded_to))
    assert encoder.dimension == 3
    found = encoder.encode(["Robot arm", "robot", "水素", "unheard of", "robot robot arm"])
    expected = np.array([[0.5**0.5, 0.5**0.5, 0], [1, 0, 0], [0, 0.6, 0.8], [0, 0, 1], [0.8**0.5, 0.2**0.5, 0]])
    assert np.allclose(found, expected, atol=1e-6) and found.dtype == np.float32


def test_an_onnx_model_meets_odd_requests(tmp_path: Path) -> None:
    encoder = load_encoder(_tiny_model(tmp_path))
    assert encoder.encode([]).shape == (0, 3)
    assert np.allclose(encoder.encode([""]), [[0, 0, 1]])
    assert encoder.encode(["robot " * 2000]).shape == (1, 3)


def test_the_id_of_an_onnx_model_changes_with_its_files(tmp_path: Path) -> None:
    one = OnnxEncoder(_tiny_model(tmp_path)).model_id
    assert OnnxEncoder(_tiny_model(tmp_path)).model_id == one
    assert OnnxEncoder(_tiny_model(tmp_path, inputs=("attention_mask",))).model_id != one
    assert one.startswith(f"{tmp_path.name}:")


@pytest.mark.parametrize("missing", ["model.onnx", "tokenizer.json"])
def test_a_folder_without_a_model_says_what_it_needs(tmp_path: Path, missing: str) -> None:
    (_tiny_model(tmp_path) / missing).unlink()
    with pytest.raises(FileNotFoundError, match=r"needs tokenizer\.json and model\.onnx \(or onnx/model\.onnx\)"):
        load_encoder(tmp_path)


def test_without_a_folder_the_bundled_model_is_loaded() -> None:
    encoder: Encoder = load_encoder()
    assert isinstance(encoder, BundledEncoder)
