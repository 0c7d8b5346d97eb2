# What `run` and `retention` share. Sourced by both, from this directory, after they have read their options into:
# name of the script ($script), directory for all that is made ($parent).

[[ $(id -u) == 0 ]] || { echo "$script: must be root, to make other people's files, accounts or mounts" >&2; exit 1; }

work=$(mktemp -d "$parent/cachewarden-bench.XXXXXX")
chmod 0755 "$work"
cache=$work/cache times=$work/times

say() { echo "benchmark: $*" >&2; }

# Finds or builds cachewarden, and compiles these programs into the work directory.
prepare() {
    mkdir "$cache" "$times"
    if [[ -z ${CACHEWARDEN:-} ]]; then
        say "building cachewarden"
        (cd ../.. && swift build -c release --static-swift-stdlib --product cachewarden >&2)
        CACHEWARDEN=$(cd ../.. && swift build -c release --static-swift-stdlib --show-bin-path)/cachewarden
    fi
    local program
    for program; do
        cc -O2 -Wall -Wextra -Werror -pthread "$program.c" -o "$work/$program"
    done
    printf 'version: 1\naudit: {path: %s/audit/audit.jsonl}\n' "$work" >"$work/agent.yaml"
    mkdir -m 0700 "$work/audit"
}

# Runs a contender and keeps its time and what it says on stderr. 2 is cachewarden's "drift found", and a result like any other.
measured() {
    local name=$1 code=0
    shift
    "$work/timed" "$times/$name" "$@" >/dev/null 2>"$work/$name.err" || code=$?
    ((code == 0 || code == 2)) && return
    say "$name failed with exit code $code"
    cat "$work/$name.err" >&2
    return 1
}
