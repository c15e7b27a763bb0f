# Read by both launchers, which set: home, java (the program), vector (options for the vector module).
# Environment: BITREF_OPTS (more JVM options).

fail() {
  echo "bitref: $1" >&2
  exit 69
}

options="--enable-native-access=ALL-UNNAMED -XX:+UseParallelGC -Xmx4g -Xss8m"

# True if something might keep the JVM from starting: options from outside, or low limits.
is_unusual() {
  case ${BITREF_OPTS:-}${JAVA_TOOL_OPTIONS:-}${JDK_JAVA_OPTIONS:-}${_JAVA_OPTIONS:-} in
    # These are not to be given to two JVMs: one that waits for a debugger, one that writes a cache.
    *jdwp* | *AOTCacheOutput*) return 1 ;;
    ?*) return 0 ;;
  esac
  [ "$(ulimit -v)" = unlimited ] || return 0
  for limit in /proc/self/limits /sys/fs/cgroup/pids.max; do
    [ -r "$limit" ] || continue
    while read -r word processes number rest; do
      case $word:$processes:$number in
        Max:processes:[0-9] | Max:processes:[0-9][0-9] | Max:processes:[0-9][0-9][0-9]) return 0 ;;
        [0-9]:: | [0-9][0-9]:: | [0-9][0-9][0-9]::) return 0 ;;
      esac
    done <"$limit"
  done
  return 1
}

# A JVM that cannot start ends with 1, which means "unequal" here. It is tried where it might not.
check_start() {
  is_unusual || return 0
  # shellcheck disable=SC2086
  said=$(set -f; "$java" $vector $options ${BITREF_OPTS:-} -version 2>&1 </dev/null) && return 0
  while read -r reason; do
    case $reason in
      "Picked up "* | "NOTE: "* | WARNING:* | "Error occurred during"* | "["*) ;;
      *) break ;;
    esac
  done <<END
$said
END
  fail "the JVM does not start: ${reason:-it says nothing}. Look at BITREF_OPTS (-Xmx1g asks for less memory), \
JAVA_TOOL_OPTIONS, JDK_JAVA_OPTIONS, _JAVA_OPTIONS and ulimit"
}

# In a locale of ASCII alone the JVM cannot open a file whose name has other characters.
use_utf8() {
  if charmap=$(locale charmap 2>/dev/null); then
    case $charmap in
      ANSI_X3.4-1968 | US-ASCII | ASCII | 646) ;;
      *) return ;;
    esac
    for candidate in C.UTF-8 en_US.UTF-8; do
      if [ "$(LC_ALL=$candidate locale charmap 2>/dev/null)" = UTF-8 ]; then
        export LC_ALL=$candidate
        return
      fi
    done
  else
    # Without the program locale, as with musl, this one is there.
    case ${LC_ALL:-${LC_CTYPE:-${LANG:-}}} in
      "" | C | POSIX) export LC_ALL=C.UTF-8 ;;
    esac
  fi
}

# Becomes the JVM: signals and standard input are its own. First argument: the class path.
start() {
  path=$1
  shift
  # Which of its outputs are terminals the JVM cannot find out by itself.
  terminals=
  [ -t 1 ] && terminals=out
  [ -t 2 ] && terminals=$terminals,err
  use_utf8
  # The options are lists of words, without file patterns.
  set -f
  # shellcheck disable=SC2086
  exec "$java" $vector $options ${quick:-} "-Dbitref.home=$home" "-Dbitref.terminals=$terminals" \
    ${cache:+"-XX:AOTCache=$cache"} "-Xlog:aot*=off,cds*=off" \
    ${BITREF_OPTS:-} -cp "$path" org.bitref.cli.Main "$@"
}
