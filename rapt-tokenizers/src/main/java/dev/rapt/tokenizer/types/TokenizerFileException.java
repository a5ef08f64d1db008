package dev.rapt.tokenizer.types;

import org.jspecify.annotations.Nullable;

/** A tokenizer file that cannot be used; says which file and where in it. */
public final class TokenizerFileException extends IllegalArgumentException {
  private static final long serialVersionUID = 1L;

  private final String file;
  private final String place;

  /**
   * @param file path of the file
   * @param place path of the field in it, like {@code model.merges[3]}; may be empty
   * @param problem what must hold and what there is
   */
  public TokenizerFileException(
      String file, String place, String problem, @Nullable Throwable cause) {
    super(file + ": " + (place.isEmpty() ? "" : place + ": ") + problem, cause);
    this.file = file;
    this.place = place;
  }

  public String file() {
    return file;
  }

  public String place() {
    return place;
  }
}
