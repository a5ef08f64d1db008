package dev.rapt.tokenizer.files;

import dev.rapt.tokenizer.decode.TokenDecoder;
import dev.rapt.tokenizer.json.ModelFiles;
import dev.rapt.tokenizer.json.TokenizerConfig;
import dev.rapt.tokenizer.json.TokenizerDefinition;
import dev.rapt.tokenizer.model.BpeModel;
import dev.rapt.tokenizer.model.Model;
import dev.rapt.tokenizer.normalize.Normalizer;
import dev.rapt.tokenizer.normalize.UnicodeForm;
import dev.rapt.tokenizer.postprocess.PostProcessor;
import dev.rapt.tokenizer.pretokenize.PreTokenizer;
import dev.rapt.tokenizer.pretokenize.SplitScanner;
import dev.rapt.tokenizer.text.SplitBehavior;
import dev.rapt.tokenizer.text.TextPattern;
import dev.rapt.tokenizer.types.TokenizerFileException;
import java.nio.file.Path;
import java.util.List;
import java.util.function.ToIntFunction;
import org.jspecify.annotations.Nullable;

/** vocab.json with merges.txt: byte-level BPE of GPT-2, RoBERTa, CLIP, Whisper, Qwen 2, ... */
final class MergeFiles {
  private static final String CLIP_PATTERN =
      "'s|'t|'re|'ve|'m|'ll|'d|[\\p{L}]+|[\\p{N}]|[^\\s\\p{L}\\p{N}]+";

  private MergeFiles() {}

  static TokenizerDefinition read(Path vocab, Path merges, TokenizerConfig config) {
    String file = vocab.toString();
    String tokenizerClass = config.tokenizerClass();
    return switch (tokenizerClass) {
      case "CLIPTokenizer" -> clip(vocab, merges, config);
      case "Qwen2Tokenizer" -> qwen(vocab, merges, config);
      case "RobertaTokenizer",
          "BartTokenizer",
          "LongformerTokenizer",
          "LEDTokenizer",
          "MvpTokenizer",
          "LayoutLMv3Tokenizer" -> {
        BpeModel model = ModelFiles.bpe(vocab, merges, BpeModel.Options.byteLevel());
        boolean prefix = config.flag("add_prefix_space", false);
        yield byteLevel(
            model,
            prefix,
            new PostProcessor.Roberta(
                marker(file, model, config, "sep_token", "</s>"),
                marker(file, model, config, "cls_token", "<s>"),
                true,
                prefix));
      }
      case "BlenderbotTokenizer" -> {
        BpeModel model = ModelFiles.bpe(vocab, merges, BpeModel.Options.byteLevel());
        String eos = config.token("eos_token").orElse("</s>");
        yield byteLevel(
            model,
            config.flag("add_prefix_space", true),
            Templates.of(file, ids(model, config), "$A " + eos, "$A $B " + eos));
      }
      case "DebertaTokenizer" -> {
        BpeModel model = ModelFiles.bpe(vocab, merges, BpeModel.Options.byteLevel());
        yield byteLevel(
            model,
            config.flag("add_prefix_space", false),
            Templates.of(file, ids(model, config), "[CLS] $A [SEP]", "[CLS] $A [SEP] $B:1 [SEP]:1"));
      }
      case "WhisperTokenizer" -> {
        BpeModel model = ModelFiles.bpe(vocab, merges, BpeModel.Options.byteLevel());
        yield byteLevel(
            model, config.flag("add_prefix_space", false), whisper(file, model, config));
      }
      case "", "GPT2Tokenizer", "CodeGenTokenizer", "GPTNeoTokenizer", "PreTrainedTokenizer" ->
          gpt(vocab, merges, config, null);
      case "GPTNeoXTokenizer" ->
          gpt(vocab, merges, config, new Normalizer.Unicode(UnicodeForm.NFC));
      default ->
          throw new TokenizerFileException(
              file,
              "",
              "must belong to a supported tokenizer_class, got "
                  + tokenizerClass
                  + "; add its tokenizer.json",
              null);
    };
  }

  private static TokenizerDefinition gpt(
      Path vocab, Path merges, TokenizerConfig config, @Nullable Normalizer normalizer) {
    BpeModel model = ModelFiles.bpe(vocab, merges, BpeModel.Options.byteLevel());
    String bos = config.token("bos_token").orElse("<|endoftext|>");
    return byteLevel(
            model,
            config.flag("add_prefix_space", false),
            config.flag("add_bos_token", false)
                ? Templates.of(
                    vocab.toString(), ids(model, config), bos + " $A", bos + " $A $B:1")
                : new PostProcessor.ByteLevel(true, false, true))
        .withNormalizer(normalizer);
  }

  private static TokenizerDefinition byteLevel(
      BpeModel model, boolean prefix, PostProcessor postProcessor) {
    return new TokenizerDefinition(
        null,
        null,
        List.of(),
        null,
        new PreTokenizer.ByteLevel(prefix, true, true),
        postProcessor,
        new TokenDecoder.ByteLevel(true, true, true),
        model);
  }

  /** Whisper: language and task tokens precede the text if they are set. */
  private static PostProcessor whisper(String file, Model model, TokenizerConfig config) {
    StringBuilder prefix = new StringBuilder("<|startoftranscript|>");
    String language = config.text("language", "");
    String task = config.text("task", "");
    if (!language.isEmpty()) {
      prefix.append(" <|").append(language).append("|>");
    }
    if (!task.isEmpty()) {
      prefix.append(" <|").append(task).append("|>");
    }
    if (!config.flag("predict_timestamps", false)) {
      prefix.append(" <|notimestamps|>");
    }
    String eos = config.token("eos_token").orElse("<|endoftext|>");
    return Templates.of(
        file,
        ids(model, config),
        prefix + " $A " + eos,
        prefix + " $A $B:1 " + eos + ":1");
  }

  private static ToIntFunction<String> ids(Model model, TokenizerConfig config) {
    return SpecialIds.of(model, List.of(), config);
  }

  private static PostProcessor.Marker marker(
      String file, Model model, TokenizerConfig config, String name, String otherwise) {
    String token = config.token(name).orElse(otherwise);
    return new PostProcessor.Marker(token, Templates.id(file, ids(model, config), token));
  }

  private static TokenizerDefinition clip(Path vocab, Path merges, TokenizerConfig config) {
    String unk = config.token("unk_token").orElse("<|endoftext|>");
    BpeModel model =
        ModelFiles.bpe(vocab, merges, new BpeModel.Options(unk, null, "</w>", false, false, false));
    return new TokenizerDefinition(
        null,
        null,
        List.of(),
        new Normalizer.Sequence(
            List.of(
                new Normalizer.Unicode(UnicodeForm.NFC),
                new Normalizer.Replace(new TextPattern.Regex("\\s+"), " "),
                new Normalizer.Lowercase())),
        new PreTokenizer.Sequence(
            List.of(
                new PreTokenizer.Split(
                    new TextPattern.Regex(CLIP_PATTERN), SplitBehavior.REMOVED, true),
                new PreTokenizer.ByteLevel(false, true, true))),
        new PostProcessor.Roberta(
            marker(vocab.toString(), model, config, "eos_token", "<|endoftext|>"),
            marker(vocab.toString(), model, config, "bos_token", "<|startoftext|>"),
            false,
            false),
        new TokenDecoder.ByteLevel(true, true, true),
        model);
  }

  private static TokenizerDefinition qwen(Path vocab, Path merges, TokenizerConfig config) {
    return new TokenizerDefinition(
        null,
        null,
        List.of(),
        new Normalizer.Unicode(UnicodeForm.NFC),
        new PreTokenizer.Sequence(
            List.of(
                new PreTokenizer.Split(
                    new TextPattern.Regex(SplitScanner.QWEN.patterns().getFirst()),
                    SplitBehavior.ISOLATED,
                    false),
                new PreTokenizer.ByteLevel(config.flag("add_prefix_space", false), false, false))),
        new PostProcessor.ByteLevel(false, false, false),
        new TokenDecoder.ByteLevel(true, true, true),
        ModelFiles.bpe(vocab, merges, BpeModel.Options.byteLevel()));
  }
}
