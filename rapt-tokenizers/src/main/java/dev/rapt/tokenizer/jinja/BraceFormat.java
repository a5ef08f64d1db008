package dev.rapt.tokenizer.jinja;

/** {@code str.format} of Python, with fields by position or name. */
final class BraceFormat {
  private BraceFormat() {}

  static String format(String format, Arguments arguments) {
    StringBuilder out = new StringBuilder();
    int next = 0;
    for (int i = 0; i < format.length(); i++) {
      char c = format.charAt(i);
      boolean doubled = i + 1 < format.length() && format.charAt(i + 1) == c;
      if ((c == '{' || c == '}') && doubled) {
        out.append(c);
        i++;
      } else if (c == '}') {
        throw TemplateException.value("Single '}' encountered in format string");
      } else if (c != '{') {
        out.append(c);
      } else {
        int end = format.indexOf('}', i);
        if (end < 0) {
          throw TemplateException.value("Single '{' encountered in format string");
        }
        String field = format.substring(i + 1, end);
        int colon = field.indexOf(':');
        String name = colon < 0 ? field : field.substring(0, colon);
        FormatSpec spec = FormatSpec.parse(colon < 0 ? "" : field.substring(colon + 1));
        int bang = name.indexOf('!');
        String conversion = bang < 0 ? "" : name.substring(bang + 1);
        name = bang < 0 ? name : name.substring(0, bang);
        Object value = value(name.isEmpty() ? String.valueOf(next++) : name, arguments);
        out.append(
            spec.format(
                switch (conversion) {
                  case "" -> value;
                  case "s" -> Repr.str(value);
                  case "r" -> Repr.repr(value);
                  default ->
                      throw TemplateException.value(
                          "Unknown conversion specifier '" + conversion + "'");
                }));
        i = end;
      }
    }
    return out.toString();
  }

  private static Object value(String path, Arguments arguments) {
    String[] parts = path.split("\\.|\\[", -1);
    String first = parts[0];
    Object value;
    if (first.chars().allMatch(Character::isDigit) && first.length() < 8) {
      int index = Integer.parseInt(first);
      if (index >= arguments.positional().size()) {
        throw TemplateException.of(
            "IndexError", "Replacement index " + index + " out of range for positional args tuple");
      }
      value = arguments.positional().get(index);
    } else {
      Object named = arguments.named().get(first);
      if (named == null) {
        throw TemplateException.of("KeyError", "'" + first + "'");
      }
      value = named;
    }
    for (int i = 1; i < parts.length; i++) {
      String key = parts[i];
      if (!key.endsWith("]")) {
        value = Attributes.attribute(value, key);
        continue;
      }
      key = key.substring(0, key.length() - 1);
      boolean isIndex = !key.isEmpty() && key.chars().allMatch(Character::isDigit);
      value = Attributes.item(value, isIndex ? (Object) Long.valueOf(key) : key);
    }
    return value;
  }
}
