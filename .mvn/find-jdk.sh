# Sourced by ./rapt, ./mvnw and the scripts beside them: points JAVA_HOME at a JDK 25 (25.0.3 or newer) or ends with one line.
# Looks at JAVA_HOME, then where systems and version managers keep JDKs, then at the java on PATH.

rapt_is_jdk25() {
  [ -x "$1/bin/java" ] && [ -x "$1/bin/javac" ] && [ -r "$1/release" ] || return 1
  rapt_jdk_version=$(sed -n 's/^JAVA_VERSION="\([^"]*\)".*/\1/p' "$1/release")
  case "$rapt_jdk_version" in
    25 | 25.0.0* | 25.0.1 | 25.0.1.* | 25.0.2 | 25.0.2.*) return 1 ;;
    25.*) return 0 ;;
  esac
  return 1
}

rapt_find_jdk() {
  if [ -n "${JAVA_HOME-}" ] && rapt_is_jdk25 "$JAVA_HOME"; then return 0; fi
  rapt_path_java=$(command -v java 2>/dev/null || true)
  if [ -n "$rapt_path_java" ]; then
    rapt_path_java=$(readlink -f "$rapt_path_java" 2>/dev/null || printf %s "$rapt_path_java")
  fi
  for rapt_jdk in "${JDK_25-}" "${rapt_path_java%/bin/java}" \
    /usr/lib/jvm/*25* /usr/java/*25* /opt/*jdk*25* /opt/java/*25* \
    "$HOME"/.sdkman/candidates/java/25* "$HOME"/.jdks/*25* \
    /Library/Java/JavaVirtualMachines/*25*/Contents/Home \
    /opt/homebrew/opt/openjdk@25/libexec/openjdk.jdk/Contents/Home; do
    if [ -n "$rapt_jdk" ] && rapt_is_jdk25 "$rapt_jdk"; then
      JAVA_HOME=$rapt_jdk
      export JAVA_HOME
      return 0
    fi
  done
  echo "rapt: needs a JDK 25.0.3 or newer, found none; install one (https://adoptium.net, or your system's temurin-25-jdk) or set JAVA_HOME" >&2
  return 1
}

rapt_find_jdk || exit 1
