package dev.rapt.model.config;

/**
 * How a decoder's head turns hidden states into logits: {@code softcap(scale (W h + bias))}.
 *
 * @param name where its weights lie in a checkpoint, when it is not tied
 * @param bias whether it has a bias
 * @param scale factor of the logits
 * @param softcap bound that logits approach through a tanh; 0 for none
 */
public record HeadRule(String name, boolean bias, float scale, float softcap) {
  /** A product and nothing else. */
  public static final HeadRule PLAIN = new HeadRule("lm_head", false, 1, 0);

  /** A product under another name. */
  public static HeadRule named(String name) {
    return new HeadRule(name, false, 1, 0);
  }

  /** The same with a bias. */
  public HeadRule withBias() {
    return new HeadRule(name, true, scale, softcap);
  }

  /** The same with logits multiplied by this. */
  public HeadRule scaled(double factor) {
    return new HeadRule(name, bias, (float) factor, softcap);
  }

  /** The same with logits bounded by this; 0 for no bound. */
  public HeadRule withSoftCap(double bound) {
    return new HeadRule(name, bias, scale, (float) bound);
  }
}
