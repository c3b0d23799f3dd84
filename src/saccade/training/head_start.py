"""The first weights of a head: a logistic regression on what the model makes of the pictures.

Source: Kumar et al., "Fine-Tuning can Distort Pretrained Features and Underperform
Out-of-Distribution", ICLR 2022, arXiv:2202.10054, section 4 (LP-FT).
"""

from saccade.data.batches import Batches
from saccade.models.classifier import Classifier
from saccade.training.journal import Journal
from saccade.training.measures.features import features_of
from saccade.training.measures.probe import probe_head
from saccade.training.recipe.choice import Choice


def start_head(model: Classifier, batches: Batches, journal: Journal, *, seed: int) -> Choice:
    """Fit the head to the features of all training pictures, computed once.

    Args:
        model: on its device, with a fresh head.
        batches: the training pictures, unchanged and in order.
        journal: shown how far it is.
        seed: of the folds that choose the penalty.

    Returns:
        What became of it, for the list of choices.
    """

    def tick(position: int) -> None:
        journal.show("evaluate", part="features", batch=position + 1, batches=len(batches))

    features, labels = features_of(model, batches, tick=tick)
    probe = probe_head(model, features, labels, seed=seed)
    answers = (features.to(probe.weight) @ probe.weight.T + probe.bias).argmax(dim=1)
    right = (answers == labels).double().mean().item()
    return Choice(
        "head",
        "logistic regression",
        f"on {len(labels)} training pictures, of which it tells {100 * right:.1f} %",
        "LP-FT, arXiv:2202.10054",
    )
