/** Data, objectives, optimisers and the training loop. */
@org.jspecify.annotations.NullMarked
module dev.rapt.train {
  requires static org.jspecify;
  requires transitive dev.rapt.models;
  requires tools.jackson.databind;
  requires org.slf4j;
}
