package dev.rapt.generate.options;

/**
 * The white space that generated JSON may have between its tokens; there is none around the whole
 * text.
 *
 * @param afterSeparators most characters after a comma or colon
 * @param elsewhere most characters in other places: after an opening bracket, before a closing one,
 *     before a comma or colon
 * @param onlySpaces whether these characters are spaces; otherwise also tabs and line ends
 */
public record JsonSpacing(int afterSeparators, int elsewhere, boolean onlySpaces) {
  /** None: {@code {"a":1,"b":2}}. */
  public static final JsonSpacing NONE = new JsonSpacing(0, 0, true);

  /** At most one space after commas and colons: {@code {"a": 1, "b": 2}}. */
  public static final JsonSpacing AFTER_SEPARATORS = new JsonSpacing(1, 0, true);

  /** Checks the values. */
  public JsonSpacing {
    GenerationOptions.Check.that(
        afterSeparators >= 0 && elsewhere >= 0,
        "jsonSpacing",
        "at least 0 characters",
        Math.min(afterSeparators, elsewhere));
  }

  /** Any white space of at most so many characters in each place, for texts with line breaks. */
  public static JsonSpacing upTo(int characters) {
    return new JsonSpacing(characters, characters, false);
  }
}
