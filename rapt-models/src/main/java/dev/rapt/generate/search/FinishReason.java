package dev.rapt.generate.search;

/** Why a sequence ended. */
public enum FinishReason {
  /** The model generated an end token. */
  EOS,
  /** It reached the length limit of the options or the context of the model. */
  LENGTH,
  /** Its text contains a stop string. */
  STOP_STRING,
  /** Its text is complete by the constraint, nothing may follow, and there is no end token. */
  COMPLETE,
  /** The listener stopped it. */
  CANCELLED,
  /** Its time was over. */
  TIMEOUT
}
