package dev.rapt.tokenizer.jinja;

/**
 * The value of what does not exist: empty where it is printed, false where it is tested, an error
 * where more is asked of it.
 *
 * @param kind the error it causes
 */
record Undefined(String kind, String reason) {

  static Undefined because(String reason) {
    return new Undefined("UndefinedError", reason);
  }

  static Undefined name(String name) {
    return because("'" + name + "' is undefined");
  }

  static Undefined attribute(Object owner, String name) {
    return because("'" + TypeNames.described(owner) + "' has no attribute " + Repr.repr(name));
  }

  /** What a subscript finds that is neither an element nor an attribute. */
  static Undefined element(Object owner, Object key) {
    return key instanceof String name
        ? attribute(owner, name)
        : because(TypeNames.described(owner) + " has no element " + Repr.repr(key));
  }

  static Undefined unsafe(Object owner, String name) {
    return new Undefined(
        "SecurityError",
        "access to attribute "
            + Repr.repr(name)
            + " of '"
            + TypeNames.of(owner)
            + "' object is unsafe.");
  }

  TemplateException error() {
    return TemplateException.of(kind, reason);
  }

  @Override
  public boolean equals(@org.jspecify.annotations.Nullable Object other) {
    return other instanceof Undefined;
  }

  @Override
  public int hashCode() {
    return 0;
  }
}
