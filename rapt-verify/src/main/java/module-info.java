/** Recorded outputs of the reference implementations, compared with what Rapt computes. */
@org.jspecify.annotations.NullMarked
module dev.rapt.verify {
  requires static org.jspecify;
  requires transitive dev.rapt.train;
  requires tools.jackson.databind;

  exports dev.rapt.verify;
  exports dev.rapt.verify.report;
}
