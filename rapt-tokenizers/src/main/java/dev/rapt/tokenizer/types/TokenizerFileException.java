package dev.rapt.tokenizer.types;

import org.jspecify.annotations.Nullable;

/** A tokenizer file that is missing or invalid. The message names the file and the field. */
public final class TokenizerFileException extends IllegalArgumentException {
  private static final long serialVersionUID = 1L;

  /** Path of the file. */
  private final String file;

  /** Path of the field in the file; may be empty. */
  private final String place;

  /**
   * Creates an exception.
   *
   * @param file path of the file
   * @param place path of the field in it, like {@code model.merges[3]}; may be empty
   * @param problem what must hold, and what the file has
   * @param cause the cause; null for none
   */
  public TokenizerFileException(
      String file, String place, String problem, @Nullable Throwable cause) {
    super(file + ": " + (place.isEmpty() ? "" : place + ": ") + problem, cause);
    this.file = file;
    this.place = place;
  }

  /** {@return the path of the file} */
  public String file() {
    return file;
  }

  /** {@return the path of the field in the file, like {@code model.merges[3]}; may be empty} */
  public String place() {
    return place;
  }
}
