package dev.rapt.verify.model;

import dev.rapt.autograd.Ops;
import dev.rapt.autograd.loss.Losses;
import dev.rapt.checkpoint.TensorEntry;
import dev.rapt.model.Classifier;
import dev.rapt.model.Encoder;
import dev.rapt.model.HeadedModel;
import dev.rapt.model.MaskedLm;
import dev.rapt.model.MultipleChoice;
import dev.rapt.model.NextSentence;
import dev.rapt.model.Pretraining;
import dev.rapt.model.QuestionAnswering;
import dev.rapt.model.ReplacedTokenDetection;
import dev.rapt.model.load.StoredModel;
import dev.rapt.nn.Pass;
import dev.rapt.tensor.Tensor;
import dev.rapt.verify.report.RecordedTensors;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

/**
 * An encoder without head or with one of its heads, or an encoder-decoder that classifies texts.
 */
public final class EncoderCase extends RecordedModel {
  private final HeadedModel model;
  private final boolean shiftsLabels;

  private EncoderCase(HeadedModel model, boolean shiftsLabels) {
    super(model.scope(), model.parameters());
    this.model = model;
    this.shiftsLabels = shiftsLabels;
  }

  /** Loads encoders; the suffix of the class name determines the head. Null if not supported. */
  public static @Nullable CaseModel load(Path folder, Path configFile, String modelClass) {
    String type = StoredModel.of(folder, configFile).config().stringOr("model_type", "");
    if (!HeadedModel.isEncoder(type)) {
      return null;
    }
    HeadedModel model = headed(folder, configFile, modelClass, type);
    return model == null ? null : new EncoderCase(model, isCausal(modelClass));
  }

  /** Loads an encoder-decoder that classifies texts. */
  static CaseModel ofEncoderDecoder(Path folder, Path configFile) {
    return new EncoderCase(Classifier.load(folder, configFile, Classifier.Unit.SEQUENCE), false);
  }

  /** Whether the class uses the encoder as a decoder, which predicts each next token. */
  private static boolean isCausal(String modelClass) {
    return modelClass.endsWith("LMHeadModel") || modelClass.endsWith("ForCausalLM");
  }

  private static @Nullable HeadedModel headed(
      Path folder, Path config, String modelClass, String type) {
    if (modelClass.endsWith("ForMaskedLM") || isCausal(modelClass)) {
      return MaskedLm.load(folder, config, false);
    }
    if (modelClass.endsWith("ForSequenceClassification")) {
      return Classifier.load(folder, config, Classifier.Unit.SEQUENCE);
    }
    if (modelClass.endsWith("ForTokenClassification")) {
      return Classifier.load(folder, config, Classifier.Unit.TOKEN);
    }
    if (modelClass.endsWith("ForQuestionAnswering")) {
      return QuestionAnswering.load(folder, config);
    }
    if (modelClass.endsWith("ForMultipleChoice")) {
      return MultipleChoice.load(folder, config);
    }
    if (modelClass.endsWith("ForNextSentencePrediction")) {
      return NextSentence.load(folder, config);
    }
    if (modelClass.endsWith("ForPreTraining")) {
      return type.equals("electra")
          ? ReplacedTokenDetection.load(folder, config, false)
          : Pretraining.load(folder, config, false);
    }
    return modelClass.endsWith("Model") ? Encoder.load(folder, config) : null;
  }

  @Override
  @Nullable Tensor run(Call call) {
    Tensor ids = ids(call);
    Pass pass = pass(ids, call);
    int[] labels = call.ints("labels");
    Tensor loss =
        switch (model) {
          case Encoder encoder -> {
            runEncoder(encoder, ids, pass, call);
            yield null;
          }
          case MaskedLm masked -> {
            Tensor hidden = masked.hidden(ids, pass);
            call.put("logits", masked.logits(hidden));
            yield labels == null
                ? null
                : masked.loss(hidden, targets(ofTokens(labels, pass), pass), 0);
          }
          case Classifier classifier -> {
            Tensor logits = put(call, "logits", classifier.logits(ids, pass));
            TensorEntry given = call.input("labels");
            yield given == null ? null : classifier.loss(logits, call.labels(given));
          }
          case QuestionAnswering answering -> runSpans(answering, ids, pass, call);
          case MultipleChoice choice -> {
            int choices = Math.toIntExact(call.required("input_ids").shape().dim(1));
            yield classes(put(call, "logits", choice.logits(ids, choices, pass)), labels, pass);
          }
          case NextSentence next ->
              classes(put(call, "logits", next.logits(ids, pass)), labels, pass);
          case ReplacedTokenDetection replaced -> {
            Tensor logits = put(call, "logits", replaced.logits(ids, pass));
            yield labels == null ? null : ReplacedTokenDetection.loss(logits, labels, pass, 0);
          }
          case Pretraining pretraining -> runPretraining(pretraining, ids, pass, call);
        };
    if (loss != null) {
      call.put("loss", loss);
    }
    return loss;
  }

  private static void runEncoder(Encoder encoder, Tensor ids, Pass pass, Call call) {
    Tensor hidden = put(call, "last_hidden_state", encoder.hidden(ids, pass));
    if (call.wants("pooler_output")) {
      call.put("pooler_output", encoder.pooled(hidden, pass));
    }
    if (call.wants("embedding")) {
      Tensor mean = put(call, "pooled", Encoder.meanPooled(hidden, pass));
      call.put("embedding", Encoder.normalized(mean));
    }
  }

  private static @Nullable Tensor runSpans(
      QuestionAnswering answering, Tensor ids, Pass pass, Call call) {
    QuestionAnswering.Scores scores = answering.scores(ids, pass);
    call.put("start_logits", scores.start());
    call.put("end_logits", scores.end());
    int[] starts = call.ints("start_positions");
    int[] ends = call.ints("end_positions");
    return starts == null || ends == null
        ? null
        : QuestionAnswering.loss(scores, starts, ends, pass, 0);
  }

  private static @Nullable Tensor runPretraining(
      Pretraining pretraining, Tensor ids, Pass pass, Call call) {
    Tensor hidden = pretraining.hidden(ids, pass);
    call.put("prediction_logits", pretraining.tokenLogits(hidden));
    Tensor pair = put(call, "seq_relationship_logits", pretraining.pairLogits(hidden, pass));
    int[] labels = call.ints("labels");
    Tensor pairLoss = classes(pair, call.ints("next_sentence_label"), pass);
    return labels == null || pairLoss == null
        ? null
        : Ops.add(pretraining.tokenLoss(hidden, targets(labels, pass), 0), pairLoss);
  }

  private static @Nullable Tensor classes(Tensor logits, int @Nullable [] labels, Pass pass) {
    return labels == null ? null : Losses.crossEntropy(logits, targets(labels, pass), 0);
  }

  private static Tensor put(Call call, String name, Tensor value) {
    call.put(name, value);
    return value;
  }

  /** Ids (B, T); with multiple choice, each choice is a row. */
  private static Tensor ids(Call call) {
    Tensor ids = call.ids();
    return ids.reshape(-1, ids.lastDim());
  }

  private Pass pass(Tensor ids, Call call) {
    int seqLen = Math.toIntExact(ids.dim(1));
    int[] lengths = new int[Math.toIntExact(ids.dim(0))];
    Arrays.fill(lengths, seqLen);
    int[] mask = call.ints("attention_mask");
    if (mask != null) {
      readLengths(mask, seqLen, lengths);
    }
    Pass.Builder pass = model.pass(ids, lengths).observer(call.numbered("hidden_states"));
    int[] types = call.ints("token_type_ids");
    if (types != null) {
      pass.tokenTypes(types);
    }
    int[] globals = call.ints("global_attention_mask");
    if (globals != null) {
      pass.globalTokens(globals);
    }
    return pass.build();
  }

  private static void readLengths(int[] mask, int seqLen, int[] lengths) {
    Arrays.fill(lengths, 0);
    for (int i = 0; i < mask.length; i++) {
      if (mask[i] != 0) {
        if (lengths[i / seqLen] != i % seqLen) {
          throw new IllegalArgumentException(
              "attention_mask: padding must be on the right, got a token after it");
        }
        lengths[i / seqLen]++;
      }
    }
  }

  private int[] ofTokens(int[] labels, Pass pass) {
    return shiftsLabels ? RecordedTensors.shifted(labels, pass.seqLen()) : labels;
  }

  private static Tensor targets(int[] labels, Pass pass) {
    return pass.scope().ints(labels, labels.length);
  }

  @Override
  public Start start(Map<String, TensorEntry> inputs, JsonNode args) {
    throw new UnsupportedOperationException("an encoder does not generate");
  }

  @Override
  public void close() {
    super.close();
    model.close();
  }
}
