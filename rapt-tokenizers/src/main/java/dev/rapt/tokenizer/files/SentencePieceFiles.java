package dev.rapt.tokenizer.files;

import dev.rapt.tokenizer.decode.TokenDecoder;
import dev.rapt.tokenizer.json.TokenizerConfig;
import dev.rapt.tokenizer.json.TokenizerDefinition;
import dev.rapt.tokenizer.model.Model;
import dev.rapt.tokenizer.normalize.Normalizer;
import dev.rapt.tokenizer.normalize.UnicodeForm;
import dev.rapt.tokenizer.postprocess.PostProcessor;
import dev.rapt.tokenizer.pretokenize.PreTokenizer;
import dev.rapt.tokenizer.text.SplitBehavior;
import dev.rapt.tokenizer.text.TextPattern;
import dev.rapt.tokenizer.types.AddedToken;
import dev.rapt.tokenizer.types.TokenizerFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/**
 * SentencePiece models in a folder: its tokenizer class shifts ids and adds special tokens, as in
 * transformers. A file alone is read by {@link PieceLibrary}.
 */
final class SentencePieceFiles {
  private static final String UNKNOWN = "<unk>";
  private static final int NUM_HEADS = 4;
  private static final String SPACE = "\u2581";

  private SentencePieceFiles() {}

  /** Returns the tokenizer of a folder, for the class named in tokenizer_config.json. */
  static TokenizerDefinition read(Path path, TokenizerConfig config) {
    SentencePieceModel spm = SentencePieceModel.read(path);
    requireUsual(spm);
    String tokenizerClass = config.tokenizerClass();
    return switch (tokenizerClass) {
      case "LlamaTokenizer", "CodeLlamaTokenizer", "Phi3Tokenizer" -> llama(spm, config);
      case "GemmaTokenizer" -> gemma(spm, config);
      case "NllbTokenizer" -> nllb(spm, config);
      case "" -> {
        if (!spm.isBpe()) {
          throw unsupported(spm, "no tokenizer_class in tokenizer_config.json");
        }
        yield spm.addDummyPrefix() ? llama(spm, config) : gemma(spm, config);
      }
      default -> unigram(spm, tokenizerClass, config);
    };
  }

  /** Refuses what the classes of transformers do not read either. */
  static void requireUsual(SentencePieceModel spm) {
    boolean isSubword = spm.isBpe() || spm.kind() == SentencePieceModel.Kind.UNIGRAM;
    if (!isSubword || spm.flags().spaceIsSuffix() || !spm.flags().marksSpaces()) {
      throw new TokenizerFileException(
          spm.file(),
          "",
          "must be a unigram or BPE model with spaces marked at the beginning of words in a folder,"
              + " got another; load the file itself",
          null);
    }
  }

  private static TokenizerFileException unsupported(SentencePieceModel spm, String what) {
    return new TokenizerFileException(
        spm.file(),
        "",
        "must be a supported SentencePiece model, got " + what + "; add its tokenizer.json",
        null);
  }

  private static TokenizerDefinition llama(SentencePieceModel spm, TokenizerConfig config) {
    if (!spm.isBpe()) {
      throw unsupported(spm, "a unigram model with a tokenizer_class that needs BPE");
    }
    Model model = PieceModels.bpe(spm);
    boolean legacy = config.flag("legacy", true);
    boolean addsPrefix = config.flag("add_prefix_space", true);
    Normalizer spaces = new Normalizer.Replace(new TextPattern.Literal(" "), SPACE);
    Normalizer prefixed = new Normalizer.Sequence(List.of(new Normalizer.Prepend(SPACE), spaces));
    return new TokenizerDefinition(
        null,
        null,
        controlAndUserDefined(spm),
        !legacy ? null : addsPrefix ? prefixed : spaces,
        legacy
            ? null
            : new PreTokenizer.Metaspace(
                SPACE.codePointAt(0),
                addsPrefix
                    ? PreTokenizer.PrependScheme.FIRST
                    : PreTokenizer.PrependScheme.NEVER,
                false),
        beginAndEnd(spm, model, config),
        new TokenDecoder.Sequence(byteDecoders(addsPrefix)),
        model);
  }

  private static TokenizerDefinition gemma(SentencePieceModel spm, TokenizerConfig config) {
    if (!spm.isBpe()) {
      throw unsupported(spm, "a unigram model with a tokenizer_class that needs BPE");
    }
    Model model = PieceModels.bpe(spm);
    return new TokenizerDefinition(
        null,
        null,
        controlAndUserDefined(spm),
        new Normalizer.Replace(new TextPattern.Literal(" "), SPACE),
        new PreTokenizer.Split(
            new TextPattern.Literal(" "), SplitBehavior.MERGED_WITH_PREVIOUS, false),
        beginAndEnd(spm, model, config),
        new TokenDecoder.Sequence(byteDecoders(false)),
        model);
  }

  /** mBART, NLLB: four special tokens, the pieces, a token for each language, the mask. */
  private static TokenizerDefinition nllb(SentencePieceModel spm, TokenizerConfig config) {
    if (!spm.isBpe()) {
      throw unsupported(spm, "a unigram model with a tokenizer_class that needs BPE");
    }
    SentencePieceModel moved = spm.behind(List.of("<s>", "<pad>", "</s>", UNKNOWN), UNKNOWN);
    Model model = PieceModels.bpe(moved);
    List<AddedToken> added = new ArrayList<>();
    for (int id = 0; id < NUM_HEADS; id++) {
      added.add(AddedToken.special(id, moved.pieces().get(id).text()));
    }
    int next = moved.pieces().size();
    for (String language : NllbLanguages.ALL) {
      added.add(AddedToken.special(next++, language));
    }
    added.add(new AddedToken(next, "<mask>", false, true, false, true, true));
    String language = config.text("src_lang", "eng_Latn");
    boolean isBehind = config.flag("legacy_behaviour", false);
    PreTokenizer.PrependScheme always = PreTokenizer.PrependScheme.ALWAYS;
    return new TokenizerDefinition(
        null,
        null,
        added,
        normalizer(spm, "NllbTokenizer", config),
        new PreTokenizer.Metaspace(SPACE.codePointAt(0), always, true),
        Templates.of(
            spm.file(),
            token -> idOf(added, token),
            isBehind ? "$A </s> " + language : language + " $A </s>",
            isBehind ? "$A $B </s> " + language : language + " $A $B </s>"),
        new TokenDecoder.Metaspace(SPACE.codePointAt(0), always, true),
        model);
  }

  private static int idOf(List<AddedToken> added, String content) {
    return added.stream()
        .filter(token -> token.content().equals(content))
        .mapToInt(AddedToken::id)
        .findFirst()
        .orElse(-1);
  }

  private static PostProcessor beginAndEnd(
      SentencePieceModel spm, Model model, TokenizerConfig config) {
    String bos = config.flag("add_bos_token", true) ? config.token("bos_token").orElse("<s>") : "";
    String eos =
        config.flag("add_eos_token", false) ? config.token("eos_token").orElse("</s>") : "";
    String single = bos + " $A " + eos;
    String second =
        (bos.isEmpty() ? "" : " " + bos + ":1") + " $B:1 " + (eos.isEmpty() ? "" : eos + ":1");
    List<AddedToken> added = controlAndUserDefined(spm);
    return Templates.of(
        spm.file(), SpecialIds.of(model, added, config), single, single.strip() + second);
  }

  static List<TokenDecoder> byteDecoders(boolean stripsPrefix) {
    List<TokenDecoder> decoders =
        new ArrayList<>(
            List.of(
                new TokenDecoder.Replace(new TextPattern.Literal(SPACE), " "),
                new TokenDecoder.ByteFallback(),
                new TokenDecoder.Fuse()));
    if (stripsPrefix) {
      decoders.add(new TokenDecoder.Strip(' ', 1, 0));
    }
    return decoders;
  }

  private static List<AddedToken> userDefined(SentencePieceModel spm, boolean special) {
    List<AddedToken> added = new ArrayList<>();
    for (int id = 0; id < spm.pieces().size(); id++) {
      SentencePieceModel.Piece piece = spm.pieces().get(id);
      if (piece.type() == SentencePieceModel.Type.USER_DEFINED) {
        boolean isTurn = special && piece.text().matches("<(start|end)_of_turn>");
        added.add(new AddedToken(id, piece.text(), false, false, false, false, isTurn));
      }
    }
    return added;
  }

  static List<AddedToken> controlAndUserDefined(SentencePieceModel spm) {
    List<AddedToken> added = userDefined(spm, true);
    for (int id = 0; id < spm.pieces().size(); id++) {
      if (spm.pieces().get(id).type() == SentencePieceModel.Type.CONTROL) {
        added.add(AddedToken.special(id, spm.pieces().get(id).text()));
      }
    }
    return added;
  }

  private static TokenizerDefinition unigram(
      SentencePieceModel spm, String tokenizerClass, TokenizerConfig config) {
    UnigramConvention convention = UnigramConvention.of(tokenizerClass, spm, config);
    boolean isBpe = tokenizerClass.equals("ReformerTokenizer") && spm.isBpe();
    if (convention == null || (spm.isBpe() && !isBpe)) {
      throw unsupported(spm, "one of " + tokenizerClass);
    }
    boolean isAlbert = List.of("AlbertTokenizer", "FNetTokenizer").contains(tokenizerClass);
    Model model = isBpe ? PieceModels.bpe(spm) : convention.model(spm, isAlbert);
    PreTokenizer spaces =
        new PreTokenizer.Metaspace(SPACE.codePointAt(0), PreTokenizer.PrependScheme.ALWAYS, true);
    PreTokenizer preTokenizer =
        switch (tokenizerClass) {
          case "PegasusTokenizer", "MBart50Tokenizer" -> spaces;
          case "ReformerTokenizer" ->
              isBpe ? spaces : new PreTokenizer.Sequence(List.of(new PreTokenizer.WhitespaceSplit(), spaces));
          case "DebertaV2Tokenizer" ->
              config.flag("split_by_punct", false)
                  ? new PreTokenizer.Sequence(
                      List.of(new PreTokenizer.Punctuation(SplitBehavior.ISOLATED), spaces))
                  : spaces;
          default -> new PreTokenizer.Sequence(List.of(new PreTokenizer.WhitespaceSplit(), spaces));
        };
    return new TokenizerDefinition(
        null,
        null,
        added(convention, spm, model),
        normalizer(spm, tokenizerClass, config),
        preTokenizer,
        convention.single() == null || convention.pair() == null
            ? null
            : Templates.of(spm.file(), model::idOf, convention.single(), convention.pair()),
        spm.byteFallback()
            ? new TokenDecoder.Sequence(byteDecoders(true))
            : new TokenDecoder.Metaspace(
                SPACE.codePointAt(0), PreTokenizer.PrependScheme.ALWAYS, true),
        model);
  }

  /** Returns the special tokens of the convention, and control and user-defined pieces. */
  private static List<AddedToken> added(
      UnigramConvention convention, SentencePieceModel spm, Model model) {
    List<AddedToken> tokens = new ArrayList<>();
    for (AddedToken piece : controlAndUserDefined(spm)) {
      int id = model.idOf(piece.content());
      if (id >= 0) {
        boolean special = piece.special();
        tokens.add(new AddedToken(id, piece.content(), false, false, false, false, special));
      }
    }
    for (String content : convention.special()) {
      tokens.add(AddedToken.special(model.idOf(content), content));
    }
    return tokens;
  }

  private static Normalizer normalizer(
      SentencePieceModel spm, String tokenizerClass, TokenizerConfig config) {
    List<Normalizer> parts = new ArrayList<>();
    boolean isXlNet = tokenizerClass.equals("XLNetTokenizer");
    if (isXlNet
        || tokenizerClass.equals("AlbertTokenizer")
        || tokenizerClass.equals("FNetTokenizer")) {
      parts.add(new Normalizer.Replace(new TextPattern.Literal("``"), "\""));
      parts.add(new Normalizer.Replace(new TextPattern.Literal("''"), "\""));
      if (isXlNet || !config.flag("keep_accents", false)) {
        parts.add(new Normalizer.Unicode(UnicodeForm.NFKD));
        parts.add(new Normalizer.StripAccents());
      }
      if (config.flag("do_lower_case", !isXlNet)) {
        parts.add(new Normalizer.Lowercase());
      }
    } else if (tokenizerClass.equals("DebertaV2Tokenizer")) {
      if (config.flag("do_lower_case", false)) {
        parts.add(new Normalizer.Lowercase());
      }
      parts.add(new Normalizer.Strip(true, true));
    }
    if (spm.charsMap() != null) {
      parts.add(new Normalizer.Precompiled(spm.charsMap()));
    }
    parts.add(new Normalizer.Replace(new TextPattern.Regex(" {2,}"), " "));
    return new Normalizer.Sequence(parts);
  }
}
