package dev.rapt.tokenizer.files;

import dev.rapt.tokenizer.decode.TokenDecoder;
import dev.rapt.tokenizer.json.TokenizerConfig;
import dev.rapt.tokenizer.json.TokenizerDefinition;
import dev.rapt.tokenizer.model.Vocabulary;
import dev.rapt.tokenizer.model.WordPieceModel;
import dev.rapt.tokenizer.normalize.Normalizer;
import dev.rapt.tokenizer.postprocess.PostProcessor;
import dev.rapt.tokenizer.pretokenize.PreTokenizer;
import dev.rapt.tokenizer.text.ByteOrderMark;
import dev.rapt.tokenizer.types.AddedToken;
import dev.rapt.tokenizer.types.TokenizerFileException;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.ToIntFunction;

/** vocab.txt of BERT-like models: one token per line; the line number is its id. */
final class WordPieceFiles {
  private static final int MAX_CHARS_PER_WORD = 100;

  /** Tokenizer classes of transformers that read vocab.txt as BERT does. */
  private static final Set<String> CLASSES =
      Set.of(
          "",
          "BertTokenizer",
          "ConvBertTokenizer",
          "DistilBertTokenizer",
          "DPRContextEncoderTokenizer",
          "DPRQuestionEncoderTokenizer",
          "DPRReaderTokenizer",
          "ElectraTokenizer",
          "FunnelTokenizer",
          "LayoutLMTokenizer",
          "LayoutLMv2Tokenizer",
          "LxmertTokenizer",
          "MobileBertTokenizer",
          "MPNetTokenizer",
          "PreTrainedTokenizer",
          "RealmTokenizer",
          "RetriBertTokenizer",
          "SplinterTokenizer",
          "SqueezeBertTokenizer");

  private WordPieceFiles() {}

  static TokenizerDefinition read(Path path, TokenizerConfig config) {
    String file = path.toString();
    if (!CLASSES.contains(config.tokenizerClass())) {
      throw new TokenizerFileException(
          file,
          "",
          "must belong to a tokenizer_class that reads it as BERT does, got %s; add its tokenizer.json"
              .formatted(config.tokenizerClass()),
          null);
    }
    List<String> lines;
    try {
      lines = ByteOrderMark.skipInLines(path);
    } catch (IOException e) {
      throw new TokenizerFileException(file, "", "must be readable UTF-8 text, got " + e, e);
    }
    Map<String, Integer> ids = HashMap.newHashMap(lines.size());
    for (int i = 0; i < lines.size(); i++) {
      ids.put(lines.get(i), i);
    }
    boolean isMpNet = config.tokenizerClass().equals("MPNetTokenizer");
    boolean isFunnel = config.tokenizerClass().equals("FunnelTokenizer");
    String unk = config.token("unk_token").orElse("[UNK]");
    String cls = config.token("cls_token").orElse("[CLS]");
    String sep = config.token("sep_token").orElse("[SEP]");
    WordPieceModel model;
    try {
      model = new WordPieceModel(new Vocabulary(ids), unk, "##", MAX_CHARS_PER_WORD);
    } catch (IllegalArgumentException e) {
      throw new TokenizerFileException(file, "", String.valueOf(e.getMessage()), e);
    }
    List<AddedToken> added = new ArrayList<>();
    for (String token : List.of("[PAD]", unk, cls, sep, "[MASK]")) {
      if (ids.containsKey(token)) {
        added.add(AddedToken.special(ids.get(token), token));
      }
    }
    ToIntFunction<String> specialIds = SpecialIds.of(model, added, config);
    return new TokenizerDefinition(
        null,
        null,
        added,
        new Normalizer.Bert(
            true,
            config.flag("tokenize_chinese_chars", true),
            config.has("strip_accents") ? config.flag("strip_accents", false) : null,
            config.flag("do_lower_case", true)),
        new PreTokenizer.Bert(),
        isMpNet
            ? new PostProcessor.Roberta(
                new PostProcessor.Marker(sep, Templates.id(file, specialIds, sep)),
                new PostProcessor.Marker(cls, Templates.id(file, specialIds, cls)),
                true,
                false)
            : Templates.of(
                file,
                specialIds,
                cls + (isFunnel ? ":2" : "") + " $A " + sep,
                cls + (isFunnel ? ":2" : "") + " $A " + sep + " $B:1 " + sep + ":1"),
        new TokenDecoder.WordPiece("##", true),
        model);
  }
}
