package dev.rapt.generate.search;

/** Why a sequence ended. */
public enum FinishReason {
  /** The model generated an end token. */
  EOS,
  /** It reached the length limit of the options or the context of the model. */
  LENGTH,
  /** Its text contains a stop string. */
  STOP_STRING,
  /** The listener stopped it. */
  CANCELLED,
  /** Its time was over. */
  TIMEOUT
}
