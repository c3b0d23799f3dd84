"""saccade push, as far as it goes without a network."""

from saccade.checkpoints.load import load_model
from saccade.checkpoints.publish import save_pretrained
from saccade.models import build


def test_it_writes_the_folder_that_it_would_upload(run, tmp_path) -> None:
    source = save_pretrained(build("vit_pico_patch2_8", depth=1), tmp_path / "a")
    done = run("push", source, tmp_path / "b", "--folder")
    assert (done.code, done.out) == (0, f"folder: {tmp_path / 'b'}\n")
    assert load_model(tmp_path / "b").model.config.depth == 1
    assert (tmp_path / "b" / "README.md").read_text().count("# b\n") == 1


def test_what_is_missing_is_told_in_a_sentence(run, tmp_path, monkeypatch) -> None:
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_OFFLINE", True)
    source = save_pretrained(build("vit_pico_patch2_8", depth=1), tmp_path / "a")
    assert "expected the hub to take me/net, got" in run("push", source, "me/net").sentence
    assert "no such file" in run("push", tmp_path / "none", tmp_path / "b", "--folder").sentence
