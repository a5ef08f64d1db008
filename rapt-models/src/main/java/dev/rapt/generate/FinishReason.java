package dev.rapt.generate;

/** Why a sequence ended. */
public enum FinishReason {
  /** It ends with an end token. */
  EOS,
  /** It is as long as allowed, or as the model can read. */
  LENGTH,
  /** Its text contains a stop string. */
  STOP_STRING,
  /** The listener asked to stop. */
  CANCELLED
}
