package dev.rapt.generate.batch;

import jdk.jfr.Category;
import jdk.jfr.DataAmount;
import jdk.jfr.Description;
import jdk.jfr.Event;
import jdk.jfr.Label;
import jdk.jfr.Name;
import jdk.jfr.StackTrace;

/** A step of a batcher in a recording of Java Flight Recorder. */
@Name("dev.rapt.BatchStep")
@Label("Batch Step")
@Category({"Rapt", "Generation"})
@Description("One pass of the model over the sequences of a batcher")
@StackTrace(false)
final class BatchStepEvent extends Event {
  @Label("Decoding Sequences")
  int decoding;

  @Label("Prompt Tokens")
  int promptTokens;

  @Label("Running Sequences")
  int running;

  @Label("Waiting Requests")
  int waiting;

  @Label("KV Cache")
  @DataAmount
  long cacheBytes;
}
