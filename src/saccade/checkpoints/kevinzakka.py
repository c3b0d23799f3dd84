"""Names of weights in the public recurrent attention models of kevinzakka.

Source: github.com/kevinzakka/recurrent-visual-attention. Its first version, of which weights are
published, has a locator of one layer, `locator.fc`; in its later one that name is of a hidden
layer, and the mean comes of `locator.fc_lt`. Their core adds two dense layers, each with a bias, as
torch's recurrent cell does.
"""

from collections.abc import Mapping

from saccade.checkpoints.mapping import Layout, Rule

_SHARED = (
    Rule("sensor.fc1.{p}", "sensor.what.{p}"),
    Rule("sensor.fc2.{p}", "sensor.where.{p}"),
    Rule("sensor.fc3.{p}", "sensor.what_out.{p}"),
    Rule("sensor.fc4.{p}", "sensor.where_out.{p}"),
    Rule("rnn.i2h.{p}", "core.{p}_ih"),
    Rule("rnn.h2h.{p}", "core.{p}_hh"),
    Rule("classifier.fc.{p}", "head.{p}"),
    Rule("baseliner.fc.{p}", "baseline.{p}"),
)

RAM = Layout("kevinzakka", (*_SHARED, Rule("locator.fc.{p}", "locator.mean.{p}")))
RAM_HIDDEN = Layout(
    "kevinzakka",
    (
        *_SHARED,
        Rule("locator.fc.{p}", "locator.hidden.{p}"),
        Rule("locator.fc_lt.{p}", "locator.mean.{p}"),
    ),
)
# The code brings the mean into -1…1; the published weights were trained with this std.
HABITS: Mapping[str, object] = {"squash": True, "std": 0.17}
HABITS_HIDDEN: Mapping[str, object] = {"squash": True, "std": 0.05}
