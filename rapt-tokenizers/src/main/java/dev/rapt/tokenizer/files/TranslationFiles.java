package dev.rapt.tokenizer.files;

import dev.rapt.tokenizer.json.ModelFiles;
import dev.rapt.tokenizer.json.TokenizerConfig;
import dev.rapt.tokenizer.json.TokenizerDefinition;
import dev.rapt.tokenizer.model.MappedModel;
import dev.rapt.tokenizer.model.Vocabulary;
import dev.rapt.tokenizer.types.AddedToken;
import dev.rapt.tokenizer.types.TokenizerFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.function.ToIntFunction;

/**
 * SentencePiece models whose ids are in vocab.json: Marian, with a model for each of two languages,
 * and M2M100, with one model for all and a token for each language after the pieces.
 */
final class TranslationFiles {
  /** Pieces of the source language. */
  static final String SOURCE_MODEL = "source.spm";

  static final String TARGET_MODEL = "target.spm";

  private static final String UNKNOWN = "<unk>";
  private static final String END = "</s>";

  private static final List<String> M2M100_LANGUAGES =
      List.of(
          ("af am ar ast az ba be bg bn br bs ca ceb cs cy da de el en es et fa ff fi fr fy ga gd gl"
                  + " gu ha he hi hr ht hu hy id ig ilo is it ja jv ka kk km kn ko lb lg ln lo lt"
                  + " lv mg mk ml mn mr ms my ne nl no ns oc or pa pl ps pt ro ru sd si sk sl so"
                  + " sq sr ss su sv sw ta th tl tn tr uk ur uz vi wo xh yi yo zh zu")
              .split(" ", -1));
  private static final List<String> WMT21_LANGUAGES =
      List.of("en", "ha", "is", "ja", "cs", "ru", "zh", "de");

  private TranslationFiles() {}

  /**
   * Marian: a prefix like {@code >>fra<<} names the target language.
   *
   * @param source SentencePiece model of the language
   * @param vocabFile vocabulary of both languages, or of this one
   */
  static TokenizerDefinition marian(Path source, Path vocabFile, TokenizerConfig config) {
    Vocabulary vocabulary = ModelFiles.vocabulary(vocabFile);
    List<AddedToken> marks = new ArrayList<>();
    vocabulary
        .asMap()
        .forEach((token, id) -> {
          if (token.startsWith(">>") && token.endsWith("<<")) {
            marks.add(new AddedToken(id, token, false, false, false, false, false));
          }
        });
    addSpecial(marks, vocabulary, config, List.of(END, UNKNOWN, "<pad>"));
    return definition(
        SentencePieceModel.read(source),
        vocabFile,
        vocabulary,
        marks,
        vocabulary::idOf,
        "$A " + END,
        "$A $B " + END);
  }

  /** M2M100: a token like {@code __en__} before a text names its language. */
  static TokenizerDefinition m2m100(Path model, Path vocabFile, TokenizerConfig config) {
    Vocabulary vocabulary = ModelFiles.vocabulary(vocabFile);
    List<String> languages =
        config.text("language_codes", "m2m100").equals("wmt21")
            ? WMT21_LANGUAGES
            : M2M100_LANGUAGES;
    List<String> tokens = languages.stream().map(code -> "__" + code + "__").toList();
    List<AddedToken> added = new ArrayList<>();
    for (int i = 0; i < tokens.size(); i++) {
      added.add(AddedToken.special(vocabulary.size() + i, tokens.get(i)));
    }
    addSpecial(added, vocabulary, config, List.of("<s>", "<pad>", END, UNKNOWN));
    String language = "__" + config.text("src_lang", "en") + "__";
    return definition(
        SentencePieceModel.read(model),
        vocabFile,
        vocabulary,
        added,
        token ->
            tokens.contains(token)
                ? vocabulary.size() + tokens.indexOf(token)
                : vocabulary.idOf(token),
        language + " $A " + END,
        language + " $A $B " + END);
  }

  private static void addSpecial(
      List<AddedToken> added, Vocabulary vocabulary, TokenizerConfig config, List<String> usual) {
    List<String> tokens = new ArrayList<>(config.tokenNames().values());
    tokens.addAll(usual);
    for (String token : tokens.stream().distinct().toList()) {
      if (vocabulary.idOf(token) >= 0) {
        added.add(AddedToken.special(vocabulary.idOf(token), token));
      }
    }
  }

  private static TokenizerDefinition definition(
      SentencePieceModel spm,
      Path vocabFile,
      Vocabulary vocabulary,
      List<AddedToken> added,
      ToIntFunction<String> idOf,
      String single,
      String pair) {
    int unkId = vocabulary.idOf(UNKNOWN);
    if (unkId < 0) {
      throw new TokenizerFileException(
          vocabFile.toString(), "", "must hold " + UNKNOWN + ", got none", null);
    }
    TokenizerDefinition library = PieceLibrary.definition(spm);
    return new TokenizerDefinition(
        null,
        null,
        added,
        library.normalizer(),
        library.preTokenizer(),
        Templates.of(vocabFile.toString(), idOf, single, pair),
        library.decoder(),
        new MappedModel(library.model(), vocabulary, unkId));
  }
}
