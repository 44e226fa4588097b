#!/usr/bin/env python3
"""Makes the pictures of the policies' pages, each from runs of `keel pick`.

The same keel gives the same bytes: seeds are fixed, and nothing of the day or the machine is written.
"""

import argparse
import json
import subprocess
from pathlib import Path

import matplotlib

matplotlib.use("svg")
import matplotlib.pyplot as plt  # noqa: E402  (the backend is chosen first)
from matplotlib.ticker import MaxNLocator  # noqa: E402

# One colour an instance, the same in all pictures; apart for most kinds of colour blindness (Okabe and Ito).
COLOURS = dict(zip("abcdefghij", "#0072b2 #e69f00 #009e73 #cc79a7 #56b4e9 #8c5a2b #f0c800 #7a5aa6 #4d7c0f #8f8f8f".split()))
REFUSED, IDEAL, GREY = "#d1242f", "#24292f", "#8c959f"

plt.rcParams.update({
    "svg.hashsalt": "evenkeel",
    "font.family": "sans-serif",
    "font.sans-serif": ["DejaVu Sans"],
    "font.size": 9,
    "axes.titlesize": 10,
    "axes.titlelocation": "left",
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.axisbelow": True,
    "axes.edgecolor": GREY,
    "legend.frameon": False,
    "figure.facecolor": "white",
    "figure.constrained_layout.use": True,
})


class Keel:
    """`keel pick` over instances named by letters."""

    def __init__(self, path):
        self.path = path

    def pick(self, names, policy, *flags, weights=(), tags=(), config=None, keys=None, **options):
        """The picks of a policy by its name, and its config if it is to have one."""
        options.setdefault("seed", 1)
        for name in options:
            flags += (f"--{name}", str(options[name]))
        which = ["--policy", policy] if config is None else ["--config", config_of(policy, config)]
        listed = ["--keys", "-"] if keys else []
        command = [self.path, "pick", target(names, weights, tags), *which, *flags, *listed, "--json"]
        text = "\n".join(keys) if keys else None
        run = subprocess.run(command, input=text, stdout=subprocess.PIPE, text=True, check=False)
        if not run.stdout:
            raise SystemExit(f"no picks from: {command}")
        return json.loads(run.stdout)


def config_of(policy, config):
    return json.dumps({"loadBalancingConfig": [{policy: config}]})


def target(names, weights=(), tags=()):
    weights, tags = dict(zip(names, weights)), dict(tags)
    extras = lambda n: (f";weight={weights[n]}" if n in weights else "") + (f";{tags[n]}" if n in tags else "")
    return "static:///" + ",".join(f"{n}:80{extras(n)}" for n in names)


def address(name):
    return f"{name}:80"


def winners(run):
    """Who got each pick; nobody: None."""
    return [None if pick["error"] else pick["attempts"][-1][0] for pick in run["picks"]]


def shares(run):
    return {name[0]: count for name, count in run["shares"].items()}


def in_flight(run, names):
    """Of each instance, the calls in flight after each held pick."""
    lines = {name: [0] for name in names}
    for winner in winners(run):
        for name, line in lines.items():
            line.append(line[-1] + (name == winner))
    return lines


# What the pictures are made of.


def figure(rows=1, columns=2, height=2.6, **options):
    return plt.subplots(rows, columns, figsize=(7.2, height), **options)


def label(axes, title, x=None, y=None):
    axes.set_title(title)
    axes.set_xlabel(x or "")
    axes.set_ylabel(y or "")


def turns(axes, run, names, title, x="pick"):
    """A dot for each pick at its instance; a cross where an instance refused before."""
    for number, pick in enumerate(run["picks"], 1):
        *refused, last = [attempt[0] for attempt in pick["attempts"]]
        heights = [names.index(name) for name in refused + [last]]
        axes.plot([number] * len(heights), heights, color=GREY, lw=1, zorder=1)
        axes.scatter([number] * len(refused), heights[:-1], marker="x", color=REFUSED, s=26, zorder=2)
        axes.scatter([number], heights[-1:], color=COLOURS[last], s=26, zorder=2)
    axes.xaxis.set_major_locator(MaxNLocator(integer=True, nbins=8))
    instances(axes, names)
    label(axes, title, x, "instance")


def instances(axes, names):
    axes.set_yticks(range(len(names)), list(names))
    axes.set_ylim(len(names) - 0.5, -0.5)
    axes.grid(axis="y", color="#d8dee4", lw=0.6)


def bars(axes, counts, ideal, title, y, ideal_name="by weight"):
    """How many each instance got, with a line where it should be."""
    names = list(counts)
    axes.bar(names, counts.values(), color=[COLOURS[name] for name in names], width=0.7)
    ticks = axes.hlines([ideal[n] for n in names], [n - 0.42 for n in range(len(names))],
                        [n + 0.42 for n in range(len(names))], color=IDEAL, lw=1.5)
    axes.legend([ticks], [ideal_name], loc="upper right")
    axes.set_ylim(0, max(counts.values()) * 1.28)
    label(axes, title, "instance", y)


def curves(axes, lines, title, y=None):
    """The calls in flight of each instance. The first ones are drawn wider, so that they show below the others."""
    for place, (name, line) in enumerate(lines.items()):
        axes.plot(range(0, len(line), 10), line[::10], color=COLOURS[name], lw=max(1.6, 3 - 0.3 * place), label=name)
    label(axes, title, HELD, y)


def first_and_won(axes, run, names, title):
    """Where first attempts went, and who won in the end: the difference are retries."""
    first = dict.fromkeys(names, 0)
    for pick in run["picks"]:
        first[pick["attempts"][0][0]] += 1
    won = shares(run)
    places = range(len(names))
    axes.bar([p - 0.2 for p in places], first.values(), width=0.38, color="white", hatch="////",
             edgecolor=[COLOURS[n] for n in names], label="asked first")
    axes.bar([p + 0.2 for p in places], [won[n] for n in names], width=0.38,
             color=[COLOURS[n] for n in names], edgecolor=[COLOURS[n] for n in names], label="answered")
    axes.set_xticks(places, list(names))
    axes.set_ylim(0, max(won.values()) * 1.35)
    legend = axes.legend(loc="upper right")
    for handle, fill in zip(legend.legend_handles, ["white", GREY]):
        handle.set(facecolor=fill, edgecolor=GREY)
    label(axes, title, "instance", "picks")


def moves(axes, before, after, names, title):
    """The owner of each key; a line from the old to the new one where it moved."""
    for number, (old, new) in enumerate(zip(winners(before), winners(after)), 1):
        if old != new:
            axes.annotate("", (number, names.index(new)), (number, names.index(old)),
                          arrowprops={"arrowstyle": "->", "color": REFUSED, "lw": 1.1}, zorder=1)
            axes.scatter(number, names.index(old), facecolor="white", edgecolor=COLOURS[old], s=22, zorder=2)
        axes.scatter(number, names.index(new), color=COLOURS[new], s=22, zorder=2)
    instances(axes, names)
    label(axes, title, "key", "instance")


def even(names, total):
    return dict.fromkeys(names, total / len(names))


def by_weight(names, weights, total):
    return {name: total * weight / sum(weights) for name, weight in zip(names, weights)}


HELD = "calls placed; none has ended"
KEYS = [f"customer-{n}" for n in range(100_000)]


# One function a picture.


def adaptive(keel):
    fig, (left, right) = figure()
    names = "abcdefghij"
    for policy, choices, colour, name in [
        ("random", None, GREY, "random"),
        ("adaptive", 2, COLOURS["b"], "choiceCount 2"),
        ("adaptive", 5, COLOURS["a"], "choiceCount 5, the default"),
    ]:
        config = {"choiceCount": choices} if choices else {}
        lines = in_flight(keel.pick(names, policy, "--hold", config=config, count=300), names)
        gap = [max(counts) - min(counts) for counts in zip(*lines.values())]
        left.plot(range(0, len(gap), 2), gap[::2], color=colour, lw=1.6, label=name)
    left.set_ylim(top=24)  # room for the legend
    left.legend(loc="upper left")
    label(left, "Busiest less idlest of ten instances", HELD, "calls in flight")
    weights = (4, 2, 2, 1, 1)
    run = keel.pick("abcde", "adaptive", "--fail", address("b"), weights=weights, count=10_000)
    first_and_won(right, run, "abcde", "Weights 4, 2, 2, 1, 1; b refuses")
    return fig


def least_request(keel):
    fig, axes = figure(sharey=True)
    for ax, policy in zip(axes, ["random", "least_request"]):
        run = keel.pick("abcdefgh", policy, "--hold", count=300)
        curves(ax, in_flight(run, "abcdefgh"), policy, "calls in flight" if policy == "random" else None)
    axes[1].legend(ncols=2, title="instance", loc="upper left")
    return fig


def peak_ewma(keel):
    fig, (left, right) = figure()
    weights = (4, 2, 2, 1, 1)
    lines = in_flight(keel.pick("abcde", "peak_ewma", "--hold", weights=weights, count=300), "abcde")
    curves(left, lines, "Weights 4, 2, 2, 1, 1", "calls in flight")
    left.legend(title="instance", loc="upper left")
    run = keel.pick("abcde", "peak_ewma", "--fail", address("b"), weights=weights, count=10_000)
    first_and_won(right, run, "abcde", "The same, and b refuses")
    return fig


def round_robin(keel):
    fig, axes = figure(2, 1, 3.6, sharex=True)
    turns(axes[0], keel.pick("abcd", "round_robin", count=32, start=0), "abcd", "All four answer", None)
    run = keel.pick("abcd", "round_robin", "--fail", address("b"), count=32, start=0)
    turns(axes[1], run, "abcd", "b refuses (crosses); the dot above or below is where the retry went")
    return fig


def random(keel):
    fig, (left, right) = figure(width_ratios=[1.5, 1])
    turns(left, keel.pick("abcd", "random", count=48), "abcd", "The first 48 picks")
    run = keel.pick("abcd", "random", count=10_000)
    bars(right, shares(run), even("abcd", 10_000), "10,000 picks", "picks", "a quarter")
    return fig


def weighted_random(keel):
    fig, (left, right) = figure(width_ratios=[1.5, 1])
    weights = (5, 3, 1, 1)
    turns(left, keel.pick("abcd", "weighted_random", weights=weights, count=48), "abcd", "The first 48 picks")
    run = keel.pick("abcd", "weighted_random", weights=weights, count=10_000)
    bars(right, shares(run), by_weight("abcd", weights, 10_000), "10,000 picks, weights 5, 3, 1, 1", "picks")
    return fig


def rotations(keel, first, second, weights, cycles):
    fig, axes = figure(2, 1, 3.2, sharex=True)
    period = sum(weights)
    for ax, policy in zip(axes, [first, second]):
        run = keel.pick("abc", policy, weights=weights, count=cycles * period, start=0)
        turns(ax, run, "abc", policy, "pick" if ax is axes[1] else None)
        for cycle in range(1, cycles):
            ax.axvline(cycle * period + 0.5, color=GREY, lw=1, ls=":")
    return fig


SMOOTH, INTERLEAVED = "weighted_round_robin_smooth", "interleaved_weighted_round_robin"


def weighted_round_robin_smooth(keel):
    return rotations(keel, SMOOTH, INTERLEAVED, (5, 1, 1), 4)


def interleaved_weighted_round_robin(keel):
    return rotations(keel, INTERLEAVED, SMOOTH, (4, 3, 1), 4)


def consistent_hash(keel):
    fig, (left, right) = figure(width_ratios=[1.5, 1])
    runs = [keel.pick(names, "consistent_hash", keys=KEYS[:48]) for names in ("abcdef", "abdef")]
    moves(left, *runs, "abcdef", "48 keys when c leaves")
    run = keel.pick("abcdef", "consistent_hash", keys=KEYS)
    bars(right, shares(run), even("abcdef", len(KEYS)), "100,000 keys", "keys", "a sixth")
    return fig


def maglev(keel):
    fig, (left, right) = figure(width_ratios=[1.5, 1])
    names = "abcdefghij"
    policies = ["consistent_hash", "maglev", "rendezvous"]
    runs = [keel.pick(names, policy, "--against", target(names[:-1]), keys=KEYS) for policy in policies]
    ticks = ["consistent_\nhash", "maglev", "rendezvous"]
    for place, run in enumerate(runs):
        for n, (name, count) in enumerate(shares(run).items()):
            left.bar(place + (n - 4.5) * 0.085, count, width=0.075, color=COLOURS[name])
    left.axhline(len(KEYS) / len(names), color=IDEAL, lw=1.5, label="a tenth")
    left.legend(loc="upper right")
    left.set_ylim(0, 15_000)
    left.set_xticks(range(3), ticks)
    label(left, "100,000 keys over ten instances", None, "keys of each instance")
    collateral = [run["moved"]["collateral"] for run in runs]
    needed = [run["moved"]["moved"] - more for run, more in zip(runs, collateral)]
    right.bar(range(3), needed, width=0.6, color="#c8d1da", label="the keys of j")
    right.bar(range(3), collateral, bottom=needed, width=0.6, color=REFUSED, label="other keys")
    for place, more in enumerate(collateral):
        right.annotate(more, (place, needed[place] + more), (0, 3),
                       textcoords="offset points", ha="center", color=REFUSED)
    right.set_ylim(0, 15_000)
    right.legend(loc="upper right")
    right.set_xticks(range(3), ticks)
    label(right, "Keys that move when j leaves", None, "keys")
    return fig


def rendezvous(keel):
    fig, (left, right) = figure()
    weights = (4, 3, 2, 2, 1)
    before = keel.pick("abcde", "rendezvous", weights=weights, keys=KEYS)
    after = keel.pick("bcde", "rendezvous", weights=weights[1:], keys=KEYS)
    ideal = by_weight("abcde", weights, len(KEYS))
    bars(left, shares(before), ideal, "100,000 keys, weights 4, 3, 2, 2, 1", "keys")
    heirs = dict.fromkeys("bcde", 0)
    for old, new in zip(winners(before), winners(after)):
        heirs[new] += old == "a"
    ideal = by_weight("bcde", weights[1:], shares(before)["a"])
    bars(right, heirs, ideal, "Where the keys of a go when it leaves", "keys")
    return fig


def bounded_load(keel):
    fig, axes = figure(1, 3, sharey=True)
    # Every second call has the same key.
    keys = [key for other in KEYS[:150] for key in ("hot", other)]
    for ax, factor in zip(axes, [None, 2, 1.25]):
        ring = {"consistent_hash": {}}
        policy, config = ("bounded_load", {"loadFactor": factor, "childPolicy": [ring]}) if factor else ring.popitem()
        lines = in_flight(keel.pick("abcde", policy, "--hold", config=config, keys=keys), "abcde")
        curves(ax, lines, f"bounded_load, factor {factor}" if factor else policy, None if factor else "calls in flight")
        ax.set_xlabel("calls placed" if factor else HELD)
        if factor:
            [bound] = ax.plot([0, 300], [0, 300 * factor / 5], color=IDEAL, lw=1, dashes=(4, 5))
            ax.legend([bound], ["the bound"], loc="upper left")
        else:
            ax.legend(title="instance", loc="upper left")
    return fig


def tagging(keel):
    fig, axes = figure(sharey=True, height=2.7)
    names, tags = "abcde", {"a": "lane=blue", "b": "lane=blue", "c": "lane=green"}
    values = ["blue", "green", "pink", None]
    for ax, on_no_match in zip(axes, ["fail", "untagged"]):
        config = {"tags": [{"key": "lane", "header": "x-lane"}], "onNoMatch": on_no_match,
                  "childPolicy": [{"round_robin": {}}]}
        for row, value in enumerate(values):
            header = ["--header", f"x-lane:{value}"] if value else []
            run = keel.pick(names, "tagging", *header, tags=tags, config=config, count=120)
            for place, (name, count) in enumerate(shares(run).items()):
                if count:
                    ax.scatter(place, row, s=count * 2, color=COLOURS[name])
                    ax.annotate(count, (place, row), (12, 0), textcoords="offset points", va="center", fontsize=8)
            if run["picks"][0]["error"]:
                ax.annotate("all fail: no instance matches", (2, row), ha="center", va="center", color=REFUSED)
        ax.set_xticks(range(5), [f"{n}\n{tags.get(n, '=none').split('=')[1]}" for n in names])
        ax.set_xlim(-0.6, 4.6)
        ax.set_yticks(range(4), [value or "no header" for value in values])
        ax.set_ylim(3.6, -0.6)
        ax.grid(axis="y", color="#d8dee4", lw=0.6)
        label(ax, f'onNoMatch "{on_no_match}"', "instance and its tag lane", "x-lane" if ax is axes[0] else None)
    return fig


def pick_first(keel):
    fig, axes = figure(1, 3, 2.3, sharey=True)
    for ax, failing, title in zip(axes, ["", "a", "ab"], ["All answer", "a refuses", "a and b refuse"]):
        flags = [flag for name in failing for flag in ("--fail", address(name))]
        turns(ax, keel.pick("abc", "pick_first", *flags, count=12), "abc", title)
    for ax in axes[1:]:
        ax.set_ylabel("")
    return fig


PICTURES = [adaptive, bounded_load, consistent_hash, interleaved_weighted_round_robin, least_request, maglev, peak_ewma,
            pick_first, random, rendezvous, round_robin, tagging, weighted_random, weighted_round_robin_smooth]


def main():
    here = Path(__file__).resolve().parent
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--keel", default=here.parents[1] / "target/release/keel", help="the command")
    parser.add_argument("--to", type=Path, default=here / "pictures", help="where the pictures go")
    parser.add_argument("--png", action="store_true", help="PNG instead of SVG, to look at")
    parser.add_argument("names", nargs="*", help="only these")
    options = parser.parse_args()
    keel = Keel(str(options.keel))
    for picture in PICTURES:
        if options.names and picture.__name__ not in options.names:
            continue
        fig = picture(keel)
        kind = "png" if options.png else "svg"
        metadata = {} if options.png else {"Date": None, "Creator": None}
        fig.savefig(options.to / f"{picture.__name__}.{kind}", metadata=metadata, dpi=110)
        plt.close(fig)


if __name__ == "__main__":
    main()
