# SPDX-License-Identifier: LGPL-2.1-or-later
"""What the finished completions offer, asked of the shells themselves."""
import os
import shutil
import subprocess

HERE = os.path.dirname(os.path.abspath(__file__))
_known = {}
ENV = {"PATH": "/usr/local/bin:/usr/bin:/bin", "LC_ALL": "C", "TERM": "dumb"}

BASH = r"""
. "$1" || exit 1
while IFS= read -r line; do
	words=${line//=/ = }
	read -r -a COMP_WORDS <<<"$words"
	case $words in *' ') COMP_WORDS+=("") ;; esac
	COMP_CWORD=$((${#COMP_WORDS[@]} - 1))
	_iommuctl
	printf '== %s\n' "$line"
	((${#COMPREPLY[@]} == 0)) || printf '%s\n' "${COMPREPLY[@]}"
done
"""
FISH = r"""
source $argv[1]; or exit 1
while read -l line
	printf '== %s\n' $line
	complete -C $line
end
"""


def _answers(lines, text):
    """The candidates behind each "== LINE"."""
    found, current = [], None
    for line in text.splitlines():
        if line.startswith("== "):
            current = []
            found.append(current)
        elif current is None:
            raise RuntimeError(f"unexpected output: {line}")
        else:
            current.append(line.split("\t")[0])
    if len(found) != len(lines):
        raise RuntimeError(f"{len(lines)} lines asked, {len(found)} answered")
    return found


def _ask(command, lines, home=None):
    env = {**ENV, **({"HOME": home} if home else {})}
    done = subprocess.run(command, input="".join(f"{x}\n" for x in lines), env=env, text=True,
                          stdout=subprocess.PIPE, stderr=subprocess.PIPE, timeout=300)
    if done.returncode or done.stderr:
        raise RuntimeError(f"{command[0]}: exit {done.returncode}: {done.stderr.strip()}")
    return _answers(lines, done.stdout)


def files(build):
    return {
        "bash": os.path.join(build, "completions/bash/iommuctl"),
        "zsh": os.path.join(build, "completions/zsh/_iommuctl"),
        "fish": os.path.join(build, "completions/fish/iommuctl.fish"),
    }


def candidates(shell, file, lines, home):
    """A list of candidates for each line; None when the shell is not installed."""
    if not shutil.which(shell):
        return None
    if shell == "bash":
        # --norc: nothing of the machine's own completions may help.
        return _ask(["bash", "--norc", "--noprofile", "-c", BASH, "bash", file], lines)
    if shell == "fish":
        return _ask(["fish", "--no-config", "-c", FISH, file], lines, home)
    return _ask([os.path.join(HERE, "zsh-complete"), file], lines, home)


def syntax(shell, file):
    done = subprocess.run([shell, "-n", file], env=ENV, capture_output=True, text=True)
    return done.stderr.strip() or (f"exit {done.returncode}" if done.returncode else "")


def questions(tables):
    """(line, what exactly must be offered) for all that the tables have."""
    commands = tables["commands"]
    names = [c["name"] for c in commands]
    globals_ = ["--" + o["name"] for o in tables["globals"]]

    def following(prefix):
        rest = [n[len(prefix):].strip() for n in names if not prefix or n.startswith(prefix + " ")]
        return {r.split(" ")[0] for r in rest}

    asked = [("iommuctl ", following(""))]
    prefixes = {" ".join(n.split(" ")[:i]) for n in names for i in (1, 2) if n.count(" ") >= i}
    for p in sorted(prefixes):
        asked.append((f"iommuctl {p} ", following(p)))
        asked.append((f"iommuctl --backend emu --json {p} ", following(p)))
    for o in tables["globals"]:
        if "values" in o:
            asked.append((f"iommuctl --{o['name']} ", set(o["values"])))
    for c in commands:
        own = ["--" + o["name"] for o in c["options"]]
        asked.append((f"iommuctl {c['name']} --", set(own + globals_)))
        asked.append((f"iommuctl {c['name']} --get ", {x["name"] for x in c["columns"]}))
        for o in c["options"]:
            if "values" in o:
                asked.append((f"iommuctl {c['name']} --{o['name']} ", set(o["values"])))
            if o["type"] == "path":
                asked.append((f"iommuctl {c['name']} --{o['name']} /etc/passw", {"/etc/passwd"}))
        free = [o for o in c["options"] if o["positional"]]
        for i, o in enumerate(free):
            before = f"iommuctl {c['name']} " + "1 " * i
            if "values" in o:
                asked.append((before, set(o["values"])))
            elif o["type"] == "path":
                asked.append((before + "/etc/passw", {"/etc/passwd"}))
            elif o["metavar"] == "CALL":
                asked.append((before, {x["word"] for x in tables["calls"]}))
            else:
                asked.append((before, set()))
    return asked


def wrong_answers(shell, build, tables, home):
    """What a shell offers and should not, or the other way round; None without the shell."""
    asked = questions(tables)
    # The self-tests ask mostly the same again.
    known = _known.setdefault(shell, {})
    new = sorted({line for line, _ in asked} - set(known))
    got = candidates(shell, files(build)[shell], new, home)
    if got is None:
        return None
    known.update(zip(new, got))
    wrong = []
    for line, want in asked:
        offered = known[line]
        have = set(offered)
        # zsh shows the name of a file without its folder
        want_here = {w.split("/")[-1] if shell == "zsh" and "/" in w else w for w in want}
        if "/etc/" in line:
            bad = not want_here <= {h.rstrip("/") for h in have}
        elif line.endswith(" ") and not want:
            # where nothing is known a shell may offer files, but no words of ours
            bad = bool(have & {c["object"] for c in tables["commands"]})
        else:
            bad = have != want_here
        if bad:
            wrong.append(f"{shell}: '{line}': missing {sorted(want_here - have)}, "
                         f"too many {sorted(have - want_here)}")
        if len(have) != len(offered):
            wrong.append(f"{shell}: '{line}': something is offered twice")
    return wrong
