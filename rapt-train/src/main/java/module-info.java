/** Data, objectives, optimisers and the training loop. */
@org.jspecify.annotations.NullMarked
module dev.rapt.train {
  exports dev.rapt.train.data;
  exports dev.rapt.train.grammar;
  exports dev.rapt.train.ngram;

  requires static org.jspecify;
  requires transitive dev.rapt.models;
  requires tools.jackson.databind;
  requires org.slf4j;
}
