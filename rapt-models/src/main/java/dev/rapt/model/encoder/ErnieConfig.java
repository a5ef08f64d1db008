package dev.rapt.model.encoder;

import dev.rapt.checkpoint.ConfigReader;
import dev.rapt.model.config.EncoderConfig;
import dev.rapt.model.config.EncoderSizes;
import tools.jackson.databind.node.ObjectNode;

/**
 * ERNIE: BERT whose tokens are told the task, too; it is the first one, as in the reference where
 * none is named.
 *
 * @param numTasks tasks that are told apart; 0 where none are
 * @param isCausal whether it serves as a decoder
 */
public record ErnieConfig(EncoderSizes sizes, int numTasks, boolean isCausal)
    implements EncoderConfig {
  private static final int USUAL_TASKS = 3;

  /** Reads a config.json. */
  public static ErnieConfig parse(ConfigReader json) {
    int numTasks = json.intOr("task_type_vocab_size", USUAL_TASKS, 1, Integer.MAX_VALUE);
    return new ErnieConfig(
        EncoderSizes.parse(json, EncoderSizes.Keys.BERT),
        json.boolOr("use_task_id", false) ? numTasks : 0,
        json.boolOr("is_decoder", false));
  }

  @Override
  public String modelType() {
    return "ernie";
  }

  @Override
  public void write(ObjectNode json) {
    sizes.write(json, EncoderSizes.Keys.BERT);
    json.put("use_task_id", numTasks > 0)
        .put("task_type_vocab_size", numTasks > 0 ? numTasks : USUAL_TASKS)
        .put("is_decoder", isCausal);
  }

  @Override
  public Vocabulary vocabularyHead() {
    return Bert.Config.vocabularyHead(sizes);
  }

  @Override
  public String pairProjection() {
    return "cls.seq_relationship";
  }
}
