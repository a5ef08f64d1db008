package dev.rapt.text.embed;

import dev.rapt.checkpoint.ConfigReader;
import java.util.Locale;

/** How similar two vectors are: {@code similarity_fn_name} of sentence-transformers. */
public enum Similarity {
  /** Cosine of the angle between them; 0 where one is zero. */
  COSINE,
  /** Dot product. */
  DOT,
  /** Euclidean distance, negated. */
  EUCLIDEAN,
  /** Manhattan distance, the sum of the absolute differences, negated. */
  MANHATTAN;

  /** Reads {@code similarity_fn_name}; cosine where it is absent. */
  static Similarity parse(ConfigReader json) {
    String key = "similarity_fn_name";
    String name = json.stringOr(key, COSINE.label());
    for (Similarity similarity : values()) {
      if (similarity.label().equals(name)) {
        return similarity;
      }
    }
    throw json.error(key, "must be cosine, dot, euclidean or manhattan, got " + name);
  }

  /** Returns the name: {@code cosine}. */
  public String label() {
    return name().toLowerCase(Locale.ROOT);
  }

  /**
   * Returns the similarity of two vectors, larger for more similar ones.
   *
   * @param a (D)
   * @param b (D)
   */
  public double of(float[] a, float[] b) {
    return switch (this) {
      case COSINE -> cosine(a, b);
      case DOT -> dot(a, b);
      case EUCLIDEAN -> 0 - euclidean(a, b); // not -0.0
      case MANHATTAN -> 0 - manhattan(a, b);
    };
  }

  private static double cosine(float[] a, float[] b) {
    double norms = Math.sqrt(dot(a, a)) * Math.sqrt(dot(b, b));
    return norms == 0 ? 0 : dot(a, b) / norms;
  }

  private static double dot(float[] a, float[] b) {
    double sum = 0;
    for (int i = 0; i < a.length; i++) {
      sum += (double) a[i] * b[i];
    }
    return sum;
  }

  private static double euclidean(float[] a, float[] b) {
    double sum = 0;
    for (int i = 0; i < a.length; i++) {
      double difference = (double) a[i] - b[i];
      sum += difference * difference;
    }
    return Math.sqrt(sum);
  }

  private static double manhattan(float[] a, float[] b) {
    double sum = 0;
    for (int i = 0; i < a.length; i++) {
      sum += Math.abs((double) a[i] - b[i]);
    }
    return sum;
  }
}
