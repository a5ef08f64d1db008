package dev.rapt.cli;

import dev.rapt.autograd.Gradients;
import dev.rapt.autograd.Ops;
import dev.rapt.autograd.Tape;
import dev.rapt.generate.Generator;
import dev.rapt.generate.Perplexity;
import dev.rapt.generate.batch.BatchOptions;
import dev.rapt.generate.batch.BatchRequest;
import dev.rapt.generate.batch.Batcher;
import dev.rapt.generate.batch.Completion;
import dev.rapt.generate.batch.RequestQueue;
import dev.rapt.generate.constrain.Grammar;
import dev.rapt.generate.constrain.TokenConstraint;
import dev.rapt.generate.decoding.Prompts;
import dev.rapt.generate.logits.LogitsProcessor;
import dev.rapt.generate.options.GenerationOptions;
import dev.rapt.generate.search.GeneratedSequence;
import dev.rapt.generate.speculate.Speculation;
import dev.rapt.hub.FileChoice;
import dev.rapt.hub.HubSettings;
import dev.rapt.hub.ModelPull;
import dev.rapt.hub.RepoId;
import dev.rapt.model.CausalLm;
import dev.rapt.model.ModelWriter;
import dev.rapt.model.adapter.Adapter;
import dev.rapt.model.convert.ModelConversion;
import dev.rapt.nn.Pass;
import dev.rapt.tensor.DType;
import dev.rapt.tensor.Scope;
import dev.rapt.tensor.Tensor;
import dev.rapt.text.Conversation;
import dev.rapt.text.FillMask;
import dev.rapt.text.QuestionAnswerer;
import dev.rapt.text.Reranker;
import dev.rapt.text.Tagger;
import dev.rapt.text.TextClassifier;
import dev.rapt.text.TextEmbedder;
import dev.rapt.text.TextModel;
import dev.rapt.text.TextToText;
import dev.rapt.tokenizer.Encoding;
import dev.rapt.tokenizer.Tokenizer;
import dev.rapt.tokenizer.chat.Chat;
import dev.rapt.tokenizer.chat.ChatTemplate;
import dev.rapt.tokenizer.train.ByteLevelBpeTrainer;
import dev.rapt.train.TextTraining;
import dev.rapt.train.TrainOptions;
import dev.rapt.train.TrainResult;
import dev.rapt.train.Trainer;
import dev.rapt.train.batch.BatchSampler;
import dev.rapt.train.batch.PackedWindows;
import dev.rapt.train.batch.ShuffledWindows;
import dev.rapt.train.batch.TokenBatch;
import dev.rapt.train.data.TokenDataset;
import dev.rapt.train.finetune.FineTuning;
import dev.rapt.train.finetune.Tasks;
import dev.rapt.train.pretrain.TextPretraining;
import dev.rapt.train.task.Task;
import dev.rapt.verify.Verifier;
import dev.rapt.verify.report.CaseReport;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;

/** The examples of docs/library.md. {@code pull} is compiled only, since it needs a network. */
@SuppressWarnings({"SystemOut", "UnusedVariable"}) // they print, as examples do
final class LibraryExamples {
  private LibraryExamples() {}

  static void pull(PrintStream out) {
    // example: pull
    Path folder =
        new ModelPull(HubSettings.ofProcess())
            .run(
                new RepoId("HuggingFaceTB/SmolLM2-135M"),
                "main",
                FileChoice.usual(),
                (doneBytes, totalBytes) -> out.println(doneBytes + " of " + totalBytes))
            .folder();
    // end
  }

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

  static void trainTokenizer(Path book, Path file, PrintStream out) throws IOException {
    // example: trainTokenizer
    Tokenizer tokenizer =
        new ByteLevelBpeTrainer(ByteLevelBpeTrainer.Options.of(300)).train(List.of(book));
    tokenizer.save(file);
    out.println(tokenizer.vocabSize());
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

  static void beams(Path folder, PrintStream out) {
    // example: beams
    try (TextModel model = TextModel.load(folder)) {
      GenerationOptions options =
          model.defaults().toBuilder().numBeams(4).numReturnSequences(2).maxNewTokens(10).build();
      Prompts prompts = Prompts.of(model.tokenizer().encode("the cat"));
      for (GeneratedSequence sequence : model.generator().generate(prompts, options).sequences()) {
        out.println(sequence.score() + " " + sequence.text());
      }
    }
    // end
  }

  static void processor(Path folder, PrintStream out) {
    // example: processor
    try (TextModel model = TextModel.load(folder)) {
      int sea = model.tokenizer().tokenToId("sea").orElseThrow();
      LogitsProcessor noSea = (ids, length, scores) -> scores[sea] = Float.NEGATIVE_INFINITY;
      GenerationOptions options = model.defaults().toBuilder().maxNewTokens(10).build();
      Prompts prompts = Prompts.of(model.tokenizer().encode("the cat"));
      Generator generator = model.generator().withProcessors(List.of(noSea));
      out.println(generator.generate(prompts, options).first().text());
    }
    // end
  }

  static void batch(Path folder, PrintStream out) {
    // example: batch
    try (TextModel model = TextModel.load(folder);
        Batcher batcher = model.batcher(BatchOptions.defaults())) {
      GenerationOptions options = model.defaults().toBuilder().maxNewTokens(20).build();
      List<Completion> completions =
          Stream.of("the cat", "a dog", "the cat sat")
              .map(prompt -> batcher.submit(BatchRequest.of(model.encode(prompt), options)))
              .toList();
      for (Completion.Token token : completions.getFirst()) {
        out.print(token.text()); // as it is generated
      }
      out.println(completions.getLast().result().text());
    }
    // end
  }

  static void queue(Path folder, PrintStream out) {
    // example: queue
    try (TextEmbedder model = TextEmbedder.load(folder);
        RequestQueue<String, TextEmbedder.Embedded> queue =
            new RequestQueue<>(model::embed, RequestQueue.Limits.defaults())) {
      out.println(queue.run("the cat").vector().length); // from any thread
    }
    // end
  }

  static void speculate(Path folder, Path small, PrintStream out) {
    // example: speculate
    try (TextModel model = TextModel.load(folder);
        TextModel draft = TextModel.load(small)) {
      GenerationOptions options = model.defaults().toBuilder().maxNewTokens(20).build();
      Prompts prompts = Prompts.of(model.tokenizer().encode("the cat"));
      for (Speculation guesses : List.of(Speculation.promptLookup(), model.draftedBy(draft))) {
        Generator generator = model.generator().withSpeculation(guesses);
        GeneratedSequence text = generator.generate(prompts, options).first();
        out.println(text.text() + text.drafts().orElseThrow().tokensPerPass());
      }
    }
    // end
  }

  static void constrain(Path folder, PrintStream out) {
    // example: constrain
    try (TextModel model = TextModel.load(folder)) {
      String schema =
          """
          {"type": "object", "additionalProperties": false, "required": ["name", "pet"],
           "properties": {"name": {"type": "string", "maxLength": 20},
                          "pet": {"enum": ["cat", "dog", null]}}}
          """;
      TokenConstraint person = model.constraint(Grammar.ofJsonSchema(schema));
      out.println(model.generate("A person: ", model.defaults(), person));
    }
    // end
  }

  static void chat(Path folder, PrintStream out) {
    // example: chat
    try (TextModel model = TextModel.load(folder)) {
      ChatTemplate template = ChatTemplate.find(folder).orElse(null); // null: plain text
      Conversation conversation = Conversation.of(model, template, null); // null: no system message
      GenerationOptions options = model.defaults().toBuilder().maxNewTokens(8).build();
      for (String question : List.of("the cat", "a dog")) {
        conversation.ask(question);
        int[] prompt = conversation.prompt(model.maxPromptTokens(options));
        String answer = model.generator().generate(Prompts.of(prompt), options).first().text();
        conversation.answer(answer);
        out.println(answer);
      }
    }
    // end
  }

  static void template(Path folder, PrintStream out) {
    // example: template
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

  static void rank(Path folder, PrintStream out) {
    // example: rank
    try (Reranker model = Reranker.load(folder)) {
      List<String> documents = List.of("the cat sat by the sea", "a dog saw the house");
      for (Reranker.Ranked ranked : model.rank("the cat", documents)) {
        out.println(ranked.score() + " " + documents.get(ranked.index()));
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

  static void fill(Path folder, PrintStream out) {
    // example: fill
    try (FillMask model = FillMask.load(folder)) {
      for (FillMask.Blank blank : model.fill("the " + model.mask() + " sat", 3).blanks()) {
        for (FillMask.Candidate candidate : blank.candidates()) {
          out.println(candidate.text() + " " + candidate.score());
        }
      }
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

  static void finetune(Path folder, Path book, Path result, PrintStream out) throws IOException {
    // example: finetune
    Tokenizer tokenizer = Tokenizer.load(folder);
    int endOfText = tokenizer.eosId().orElseThrow();
    try (CausalLm model = CausalLm.loadTrainable(folder)) {
      int[] ids = tokenizer.encode(Files.readString(book));
      TokenDataset text = TokenDataset.of(ids, tokenizer.vocabSize(), endOfText);
      PackedWindows windows = new PackedWindows(text, 16, PackedWindows.Fill.CUT); // T = 16
      BatchSampler<TokenBatch> batches = new ShuffledWindows(windows, 4, 1); // B = 4, seed 1
      TrainOptions options = TrainOptions.builder(10).lr(1e-3).build(); // 10 updates
      out.println(Trainer.of(model, batches, options).build().run().loss());
      ModelWriter.write(result, model, ModelWriter.TokenIds.endOfText(endOfText), DType.F32);
      tokenizer.save(result.resolve("tokenizer.json"));
    }
    // end
  }

  static void pretrain(Path book, Path folder, PrintStream out) throws IOException {
    // example: pretrain
    TrainResult result =
        TextPretraining.of("masked")
            .text(book)
            .preset("bert-tiny")
            .set("mask-rate", "0.2")
            .steps(20)
            .options(options -> options.lr(1e-3))
            .run(folder);
    out.println(result.loss());
    // end
  }

  static void tune(Path base, Path examples, Path folder, PrintStream out) throws IOException {
    // example: tune
    FineTuning.Result result =
        FineTuning.of("classify", base)
            .train(examples)
            .column("text", "review")
            .epochs(2)
            .options(options -> options.lr(1e-3))
            .run(folder);
    result.details().forEach(out::println); // precision, recall and F1 of each class
    try (TextClassifier classifier = TextClassifier.load(folder)) {
      out.println(classifier.classify("a film without a dull minute").best().label());
    }
    // end
  }

  static void instruct(Path base, Path conversations, Path folder, PrintStream out)
      throws IOException {
    // example: instruct
    FineTuning.Result result =
        FineTuning.of("instruct", base).train(conversations).lora(8).epochs(1).run(folder);
    out.println(result.training().loss());
    // end
  }

  static void reward(Path base, Path prompts, Path folder, PrintStream out) throws IOException {
    // example: reward
    Task grpo =
        Tasks.grpo((prompt, answer, example) ->
            answer.strip().equals(example.text("answer")) ? 1 : 0.1 * answer.length());
    FineTuning.Result result =
        FineTuning.of(grpo, base)
            .train(prompts)
            .set("num-generations", "4")
            .set("max-completion-length", "8")
            .batchSize(2)
            .run(folder);
    out.println(result.metrics().get("reward"));
    // end
  }

  static void convert(Path folder, Path target, PrintStream out) {
    // example: convert
    ModelConversion.Options options = new ModelConversion.Options(DType.BF16, 5_000_000_000L);
    ModelConversion.Result result =
        ModelConversion.run(folder, target, options, (bytesDone, bytesInAll) -> {});
    out.println(result.numTensors() + " tensors, " + result.bytesWritten() + " bytes");
    // end
  }

  static void adapter(Path folder, Path adapterFolder, PrintStream out) {
    // example: adapter
    try (CausalLm model = CausalLm.load(folder);
        Adapter loaded = Adapter.load(adapterFolder, model)) {
      out.println(loaded.config().rank() + " columns, " + loaded.adapted().size() + " layers");
      loaded.merge(model);
    }
    // end
  }

  static void perplexity(Path folder, PrintStream out) {
    // example: perplexity
    try (TextModel model = TextModel.load(folder)) {
      int[] ids = model.tokenizer().encode("the cat sat by the sea");
      int window = 128;
      int batchSize = 1;
      Perplexity result = Perplexity.of(model.model(), ids, window, batchSize, done -> {});
      out.println(result.perplexity() + " over " + result.numScored() + " tokens");
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

  static void gradients(Path folder, PrintStream out) {
    // example: gradients
    try (CausalLm model = CausalLm.loadTrainable(folder);
        Scope scope = model.scope().child();
        Tape tape = Tape.open(scope)) {
      model.parameters().track(); // operations on them are recorded
      Tensor ids = tape.ints(new int[] {5, 6, 7}, 1, 3); // (1, 3)
      Tensor targets = tape.ints(new int[] {6, 7, 8}, 1, 3); // the tokens that follow
      Tensor loss = model.loss(ids, targets, Pass.over(ids).build(), 0);
      Gradients gradients = new Gradients(scope);
      tape.backward(loss, gradients);
      Tensor gradient = gradients.of(model.tokenEmbedding().value()); // (V, D), null where unused
      out.println(loss.getFloat(0) + " " + gradient);
    }
    // end
  }

  static void scopes(PrintStream out) {
    // example: scopes
    try (Scope scope = Scope.open()) {
      Tensor kept;
      try (Scope step = scope.child()) {
        Tensor x = step.floats(new float[] {1, 2, 3, 4}, 2, 2);
        kept = step.escape(Ops.softmax(x)); // outlives the step; x does not
      }
      out.println(kept.shape() + " " + kept.getFloat(0));
    }
    // end
  }

  static void verify(Path cases, PrintStream out) {
    // example: verify
    CaseReport report = Verifier.ofAllKinds().run(cases, out::println);
    out.println(report.numPassed() + " passed, " + report.numFailed() + " failed");
    // end
  }
}
