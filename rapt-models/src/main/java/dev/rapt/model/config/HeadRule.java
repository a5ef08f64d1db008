package dev.rapt.model.config;

import java.util.function.Predicate;

/**
 * Computation of logits from hidden states in a decoder's head: {@code softcap(scale (W h +
 * bias))}.
 *
 * @param name name of the head's weights, unless embeddings are tied; a checkpoint may have the
 *     usual name, {@code lm_head}, in its place
 * @param bias whether the head has a bias
 * @param scale factor of the logits
 * @param softcap logit soft-capping: bound that logits approach through a tanh; 0 for none
 */
public record HeadRule(String name, boolean bias, float scale, float softcap) {
  /** A matrix product under the name {@code lm_head}. */
  public static final HeadRule PLAIN = new HeadRule("lm_head", false, 1, 0);

  /** Returns a head that is a matrix product under this name. */
  public static HeadRule named(String name) {
    return new HeadRule(name, false, 1, 0);
  }

  /** Returns the name of the head's weights in a checkpoint that has those for which this holds. */
  public String nameIn(Predicate<String> hasHead) {
    return hasHead.test(name) || !hasHead.test(PLAIN.name) ? name : PLAIN.name;
  }

  /** Returns a copy with a bias. */
  public HeadRule withBias() {
    return new HeadRule(name, true, scale, softcap);
  }

  /** Returns a copy with logits multiplied by this factor. */
  public HeadRule scaled(double factor) {
    return new HeadRule(name, bias, (float) factor, softcap);
  }

  /** Returns a copy with logit soft-capping at this bound; 0 for none. */
  public HeadRule withSoftCap(double bound) {
    return new HeadRule(name, bias, scale, (float) bound);
  }
}
