package dev.rapt.cli;

import dev.rapt.generate.decoding.Prompts;
import dev.rapt.generate.options.GenerationOptions;
import dev.rapt.model.CausalLm;
import dev.rapt.nn.Pass;
import dev.rapt.tensor.Scope;
import dev.rapt.tensor.Tensor;
import dev.rapt.text.QuestionAnswerer;
import dev.rapt.text.Tagger;
import dev.rapt.text.TextClassifier;
import dev.rapt.text.TextEmbedder;
import dev.rapt.text.TextModel;
import dev.rapt.text.TextToText;
import dev.rapt.tokenizer.Encoding;
import dev.rapt.tokenizer.Tokenizer;
import dev.rapt.tokenizer.chat.Chat;
import dev.rapt.tokenizer.chat.ChatTemplate;
import dev.rapt.train.TextTraining;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.file.Path;
import java.util.List;

/** The examples of docs/library.md. */
@SuppressWarnings({"SystemOut", "UnusedVariable"}) // they print, as examples do
final class LibraryExamples {
  private LibraryExamples() {}

  static void tokenize(Path folder, PrintStream out) {
    // example: tokenize
    Tokenizer tokenizer = Tokenizer.load(folder);
    int[] ids = tokenizer.encode("the cat sat");
    out.println(tokenizer.decode(ids));
    Encoding encoding = tokenizer.encodeWithOffsets("the cat sat");
    for (int i = 0; i < encoding.size(); i++) {
      out.println(encoding.tokens().get(i) + " at " + encoding.start(i));
    }
    // end
  }

  static void generate(Path folder, PrintStream out) {
    // example: generate
    try (TextModel model = TextModel.load(folder)) {
      out.println(model.generate("the cat", 20));
      GenerationOptions options =
          model.defaults().toBuilder().temperature(0.7).topP(0.9).maxNewTokens(20).seed(7).build();
      out.println(model.generate("the cat", options));
    }
    // end
  }

  static void stream(Path folder, PrintStream out) {
    // example: stream
    try (TextModel model = TextModel.load(folder)) {
      Prompts prompts =
          Prompts.of(
              List.of(model.tokenizer().encode("the cat"), model.tokenizer().encode("a dog")));
      model
          .generator()
          .generate(
              prompts,
              model.defaults().toBuilder().maxNewTokens(20).build(),
              (row, token, text) -> {
                out.println(row + ": " + text);
                return true; // false ends this row
              });
    }
    // end
  }

  static void chat(Path folder, PrintStream out) {
    // example: chat
    try (TextModel model = TextModel.load(folder)) {
      Chat chat = Chat.of(List.of(Chat.message("user", "the cat"))).withGenerationPrompt();
      int[] prompt = ChatTemplate.load(folder).encode(model.tokenizer(), chat);
      out.println(model.generator().generate(Prompts.of(prompt), model.defaults()).first().text());
    }
    // end
  }

  static void translate(Path folder, PrintStream out) {
    // example: translate
    try (TextToText model = TextToText.load(folder)) {
      GenerationOptions options = model.defaults().toBuilder().numBeams(4).maxNewTokens(20).build();
      out.println(model.generate("the cat sat on a house", options));
    }
    // end
  }

  static void embed(Path folder, PrintStream out) {
    // example: embed
    try (TextEmbedder model = TextEmbedder.load(folder)) {
      for (TextEmbedder.Embedded embedded : model.embed(List.of("the cat", "a dog"))) {
        out.println(embedded.vector().length);
      }
    }
    // end
  }

  static void classify(Path folder, PrintStream out) {
    // example: classify
    try (TextClassifier model = TextClassifier.load(folder)) {
      TextClassifier.Label best = model.classify("the cat sat by the sea").best();
      out.println(best.label() + " " + best.score());
    }
    // end
  }

  static void tag(Path folder, PrintStream out) {
    // example: tag
    try (Tagger model = Tagger.load(folder)) {
      for (Tagger.Span span : model.tag("the cat sat by the sea").spans()) {
        out.println(span.label() + " " + span.text());
      }
    }
    // end
  }

  static void answer(Path folder, PrintStream out) {
    // example: answer
    try (QuestionAnswerer model = QuestionAnswerer.load(folder)) {
      model
          .answer("the cat", "a dog sat by the sea", 3)
          .answers()
          .forEach(answer -> out.println(answer.text() + " " + answer.score()));
    }
    // end
  }

  static void train(Path book, Path folder, PrintStream out) throws IOException {
    // example: train
    try (TextModel model =
        TextTraining.on(book)
            .preset("tiny")
            .steps(20)
            .options(options -> options.lr(1e-3))
            .run(folder)) {
      out.println(model.generate("It was", 20));
    }
    // end
  }

  static void logits(Path folder, PrintStream out) {
    // example: logits
    try (CausalLm model = CausalLm.load(folder);
        Scope scope = model.scope().child()) {
      Tensor ids = scope.ints(new int[] {5, 6, 7}, 1, 3); // (1, 3)
      Tensor logits = model.logits(ids, Pass.over(ids).build()); // (1, 3, V)
      out.println(logits.shape() + " " + logits.getFloat(0));
    }
    // end
  }
}
