package dev.rapt.generate.constrain.schema;

import dev.rapt.generate.constrain.automaton.Lowering;
import dev.rapt.generate.constrain.regular.Fsa;
import dev.rapt.generate.constrain.syntax.RegexParser;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.ConcurrentHashMap;

/**
 * The formats of strings of JSON Schema 2020-12 (validation, section 7.3) that are regular. What is
 * generated always has the format. Some rare texts of a format are left out: leap seconds, quoted
 * local parts and address literals of email, zone identifiers of IPv6.
 */
final class JsonFormats {
  private static final String MONTH_DAY_31 = "(0[13578]|1[02])-(0[1-9]|[12]\\d|3[01])";
  private static final String MONTH_DAY_30 = "(0[469]|11)-(0[1-9]|[12]\\d|30)";
  private static final String FEBRUARY = "02-(0[1-9]|1\\d|2[0-8])";
  private static final String LEAP_YEAR =
      "(\\d\\d(0[48]|[2468][048]|[13579][26])|([02468][048]|[13579][26])00)";
  private static final String DATE =
      "(\\d{4}-(%s|%s|%s)|%s-02-29)".formatted(MONTH_DAY_31, MONTH_DAY_30, FEBRUARY, LEAP_YEAR);
  private static final String HOURS_MINUTES = "([01]\\d|2[0-3]):[0-5]\\d";
  private static final String TIME =
      HOURS_MINUTES + ":[0-5]\\d(\\.\\d+)?([Zz]|[+-]" + HOURS_MINUTES + ")";
  private static final String DURATION_TIME = "T(\\d+H(\\d+M(\\d+S)?)?|\\d+M(\\d+S)?|\\d+S)";
  private static final String DURATION =
      "P(\\d+W|(\\d+Y(\\d+M(\\d+D)?)?|\\d+M(\\d+D)?|\\d+D)(%1$s)?|%1$s)".formatted(DURATION_TIME);
  private static final String BYTE = "(\\d|[1-9]\\d|1\\d\\d|2[0-4]\\d|25[0-5])";
  private static final String IPV4 = "(%s\\.){3}%1$s".formatted(BYTE);
  private static final String LABEL = "[A-Za-z0-9]([A-Za-z0-9-]{0,61}[A-Za-z0-9])?";
  private static final String HOSTNAME = "%s(\\.%1$s)*".formatted(LABEL);
  private static final String ATOM = "[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+";
  private static final String EMAIL = ATOM + "(\\." + ATOM + ")*@" + HOSTNAME;
  private static final String HEX = "[0-9A-Fa-f]";
  private static final String UUID = "%s{8}(-%1$s{4}){3}-%1$s{12}".formatted(HEX);

  private static final Map<String, String> PATTERNS =
      Map.ofEntries(
          Map.entry("date", DATE),
          Map.entry("time", TIME),
          Map.entry("date-time", DATE + "[Tt]" + TIME),
          Map.entry("duration", DURATION),
          Map.entry("email", EMAIL),
          Map.entry("hostname", HOSTNAME),
          Map.entry("ipv4", IPV4),
          Map.entry("ipv6", ipv6()),
          Map.entry("uuid", UUID),
          Map.entry("uri", uri()),
          Map.entry("json-pointer", "(/([^/~]|~[01])*)*"));

  private static final Map<String, Fsa> AUTOMATA = new ConcurrentHashMap<>();

  private JsonFormats() {}

  /** The names of the formats. */
  static Set<String> names() {
    return new TreeSet<>(PATTERNS.keySet());
  }

  /** The strings of a format, which must be one of {@link #names}. */
  static Fsa of(String name) {
    return AUTOMATA.computeIfAbsent(
        name,
        format -> {
          Fsa all = pattern(PATTERNS.getOrDefault(format, ""));
          return switch (format) {
            case "hostname" -> all.and(pattern("[^]{1,253}")).minus(hyphens());
            case "email" -> all.minus(pattern("[^@]{65,}@[^]*"));
            default -> all;
          };
        });
  }

  /** Names with a label that has hyphens in places 3 and 4, which RFC 5891 keeps for itself. */
  private static Fsa hyphens() {
    return pattern("([^]*\\.)?[^.]{2}--[^]*");
  }

  private static Fsa pattern(String regex) {
    return Fsa.of(Lowering.codePoints(RegexParser.whole(regex)));
  }

  /** RFC 4291, section 2.2: eight groups, one run of which may be left out. */
  private static String ipv6() {
    String group = HEX + "{1,4}";
    String last = "(" + group + ":" + group + "|" + IPV4 + ")";
    StringBuilder options = new StringBuilder("(" + group + ":){6}" + last);
    for (int before = 0; before <= 7; before++) {
      String start = before == 0 ? "" : group + "(:" + group + "){" + (before - 1) + "}";
      int after = 7 - before; // most groups after the gap
      options.append("|").append(start).append("::");
      if (after >= 1) {
        options.append("(").append(group);
        if (after >= 2) {
          options.append("|(").append(group).append(":){0,").append(after - 2).append("}");
          options.append(last);
        }
        options.append(")?");
      }
    }
    return options.toString();
  }

  /** RFC 3986, appendix A, with a scheme and without IP literals of future versions. */
  private static String uri() {
    String escaped = "%" + HEX + "{2}";
    String plain = "[A-Za-z0-9\\-._~!$&'()*+,;=]|" + escaped;
    String pathChar = "(" + plain + "|[:@])";
    String host = "(\\[(" + ipv6() + ")\\]|(" + plain + ")*)";
    String authority = "((" + plain + "|:)*@)?" + host + "(:\\d*)?";
    String hierarchy =
        "(//%s(/%2$s*)*|/(%2$s+(/%2$s*)*)?|%2$s+(/%2$s*)*)?".formatted(authority, pathChar);
    String rest = "(" + pathChar + "|[/?])*";
    return "[A-Za-z][A-Za-z0-9+.\\-]*:%s(\\?%s)?(#%2$s)?".formatted(hierarchy, rest);
  }
}
