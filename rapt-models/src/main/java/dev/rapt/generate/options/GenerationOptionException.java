package dev.rapt.generate.options;

/** A value of an option of generation that is out of range or contradicts another one. */
public final class GenerationOptionException extends IllegalArgumentException {
  private static final long serialVersionUID = 1L;

  private final String option;
  private final String problem;

  /**
   * A problem with one option.
   *
   * @param option its name in {@link GenerationOptions}: {@code topK}
   * @param problem what must hold and what was found: {@code must be at least 0, got -1}
   */
  public GenerationOptionException(String option, String problem) {
    super(option + ": " + problem);
    this.option = option;
    this.problem = problem;
  }

  /** Name of the option in {@link GenerationOptions}. */
  public String option() {
    return option;
  }

  /** What must hold and what was found, without the name. */
  public String problem() {
    return problem;
  }
}
