"""Captions: those of the model by hand, alone and in batches; broken pictures; special tokens."""

import pytest
import torch

from saccade.data.decode import open_picture
from saccade.errors import CheckpointError, ConfigError
from saccade.models.words.beam import beam_search
from saccade.writing.captions import CaptionWriter
from saccade.writing.search import Search
from tests.samples import write_bad, write_good
from tests.word_models import ENGLISH, save_words, weights_of


@pytest.fixture(scope="module")
def writer():
    return CaptionWriter(weights_of("caption"))


@torch.no_grad()
def test_a_caption_by_hand(writer, tmp_path):
    (path,) = write_good(tmp_path, 1)
    (one,) = writer.write([path], Search(beam=3, n_best=2, max_length=5))
    pixels, geometry = writer.preprocessing.apply(*open_picture(path))
    images = writer.preprocessing.normalize(torch.tensor(pixels)[None])
    state = writer.model.read(images)
    (best,) = beam_search(writer.model, state, beam=3, n_best=2, max_length=5)
    assert one.hypotheses == tuple(best)
    assert one.text == one.texts[0] == ENGLISH.decode(best[0].words)
    assert " ".join(one.words[0]) == one.text
    assert (one.name, one.geometry, one.grid) == (str(path), geometry, (2, 2))
    assert one.picture.size == geometry.upright
    assert one.hypotheses[0].weights.shape == (len(one.words[0]), 4)


def test_batches_write_what_each_picture_gets_alone(writer, tmp_path):
    paths = write_good(tmp_path, 5)
    together = list(writer.write(paths, Search(beam=2, max_length=4), batch_size=3))
    alone = [next(writer.write([path], Search(beam=2, max_length=4))) for path in paths]
    assert [one.texts for one in together] == [one.texts for one in alone]
    assert [one.name for one in together] == [str(path) for path in paths]


def test_broken_pictures_are_left_out_and_named(tmp_path):
    writer = CaptionWriter(weights_of("caption"))
    good, bad = write_good(tmp_path, 2), write_bad(tmp_path)
    found = list(writer.write([bad[0], *good, *bad], Search(max_length=3)))
    assert [one.name for one in found] == [str(path) for path in good]
    assert [file.name for file in writer.bad] == [str(path) for path in bad]
    assert list(writer.write([])) == []


def test_what_never_ends_is_unfinished_with_its_maps(writer, tmp_path):
    (one,) = writer.write(write_good(tmp_path, 1), Search(max_length=2))
    assert not one.hypotheses[0].finished
    assert one.hypotheses[0].weights.shape == (2, 4)


def test_maps_lie_on_cells_where_the_model_reads_special_tokens_too(tmp_path):
    writer = CaptionWriter(weights_of("caption", special=True))
    assert writer.model.prefix == ("cls",)
    (one,) = writer.write(write_good(tmp_path, 1), Search(max_length=2, beam=1))
    assert one.grid == (2, 2)
    assert one.hypotheses[0].weights.shape == (2, 4)
    assert float(one.hypotheses[0].weights.sum()) < 2


def test_drawn_captions_repeat_with_their_seed(writer, tmp_path):
    paths = write_good(tmp_path, 2)

    def drawn(seed):
        generator = torch.Generator().manual_seed(seed)
        return [
            one.text for one in writer.write(paths, Search(beam=0, top_k=4), generator=generator)
        ]

    assert drawn(1) == drawn(1) != drawn(2)


def test_files_of_the_task_alone(tmp_path):
    path = save_words(tmp_path / "1" / "best.safetensors", "caption")
    assert CaptionWriter.load(path.parent).words.words == ENGLISH.words
    with pytest.raises(CheckpointError, match="try saccade ask"):
        CaptionWriter.load(save_words(tmp_path / "ask.safetensors", "ask"))
    with pytest.raises(CheckpointError, match="try saccade translate"):
        CaptionWriter(weights_of("translate"))
    with pytest.raises(ConfigError, match="batch_size"):
        CaptionWriter.load(path).write([], batch_size=0)
