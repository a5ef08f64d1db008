/** Data, objectives, optimisers and the training loop. */
@org.jspecify.annotations.NullMarked
module dev.rapt.train {
  exports dev.rapt.eval;
  exports dev.rapt.eval.ask;
  exports dev.rapt.eval.figure;
  exports dev.rapt.eval.judge;
  exports dev.rapt.eval.labelled;
  exports dev.rapt.eval.likelihood;
  exports dev.rapt.eval.task;
  exports dev.rapt.grammar;
  exports dev.rapt.metrics;
  exports dev.rapt.ngram;
  exports dev.rapt.reward;
  exports dev.rapt.train;
  exports dev.rapt.train.batch;
  exports dev.rapt.train.data;
  exports dev.rapt.train.example;
  exports dev.rapt.train.finetune;
  exports dev.rapt.train.noise;
  exports dev.rapt.train.objective;
  exports dev.rapt.train.optim;
  exports dev.rapt.train.pretrain;
  exports dev.rapt.train.pretrain.objective;
  exports dev.rapt.train.random;
  exports dev.rapt.train.shape;
  exports dev.rapt.train.task;
  exports dev.rapt.train.task.completion;
  exports dev.rapt.train.task.reinforce;

  // records that are written as JSON
  opens dev.rapt.train.finetune to
      tools.jackson.databind;
  opens dev.rapt.train.pretrain to
      tools.jackson.databind;
  opens dev.rapt.train.pretrain.objective to
      tools.jackson.databind;
  opens dev.rapt.train.task.prefer to
      tools.jackson.databind;
  opens dev.rapt.train.task.reinforce to
      tools.jackson.databind;
  opens dev.rapt.train.task.reinforce.loss to
      tools.jackson.databind;

  requires static org.jspecify;
  requires com.fasterxml.jackson.annotation;
  requires transitive dev.rapt.models;
  requires tools.jackson.databind;
  requires org.slf4j;
  requires org.snakeyaml.engine;
}
