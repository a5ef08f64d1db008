package dev.rapt.tokenizer.files;

import dev.rapt.tokenizer.json.TokenizerConfig;
import dev.rapt.tokenizer.model.UnigramModel;
import dev.rapt.tokenizer.types.TokenizerFileException;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * The ids and special tokens that a tokenizer class gives to a unigram model.
 *
 * @param head tokens that replace the first pieces
 * @param dropped number of pieces they replace
 * @param tail tokens after the pieces
 * @param single template around one text; null for none
 * @param pair template around a pair
 */
record UnigramConvention(
    List<String> head,
    int dropped,
    List<String> tail,
    int unkId,
    @Nullable String single,
    @Nullable String pair) {

  /** Tokens that never result from text, whatever their score. */
  private static final Set<String> UNLIKELY_HEADS = Set.of("<unk>NOTUSED");

  private static final String SPECIAL =
      "[a-z]{2}_[A-Z]{2}|<extra_id_\\d+>|<madeupword\\d>|<unk_\\d+>|<mask_1>";

  private static final int UNLIKELY = -100;
  private static final List<String> FAIRSEQ_HEAD = List.of("<s>", "<pad>", "</s>", "<unk>");
  private static final String BERT_SINGLE = "[CLS] $A [SEP]";
  private static final String BERT_PAIR = "[CLS] $A [SEP] $B:1 [SEP]:1";
  private static final String ROBERTA_SINGLE = "<s> $A </s>";
  private static final String ROBERTA_PAIR = "<s> $A </s> </s> $B </s>";

  private static final List<String> MBART_LANGUAGES =
      List.of(
          "ar_AR cs_CZ de_DE en_XX es_XX et_EE fi_FI fr_XX gu_IN hi_IN it_IT ja_XX kk_KZ ko_KR lt_LT"
              .split(" ", -1));
  private static final List<String> MBART_MORE =
      List.of("lv_LV my_MM ne_NP nl_XX ro_RO ru_RU si_LK tr_TR vi_VN zh_CN".split(" ", -1));
  private static final List<String> MBART_50 =
      List.of(
          ("af_ZA az_AZ bn_IN fa_IR he_IL hr_HR id_ID ka_GE km_KH mk_MK ml_IN mn_MN mr_IN pl_PL"
                  + " ps_AF pt_XX sv_SE sw_KE ta_IN te_IN th_TH tl_XX uk_UA ur_PK xh_ZA gl_ES"
                  + " sl_SI")
              .split(" ", -1));

  /** Returns the tokens that are special without a name: sentinels, languages, placeholders. */
  List<String> special() {
    return java.util.stream.Stream.concat(head.stream(), tail.stream())
        .filter(token -> token.matches(SPECIAL))
        .toList();
  }

  /** Returns the convention of a tokenizer class, or null if it is unknown. */
  static @Nullable UnigramConvention of(
      String tokenizerClass, SentencePieceModel spm, TokenizerConfig config) {
    return switch (tokenizerClass) {
      case "T5Tokenizer" -> {
        List<String> sentinels = new ArrayList<>();
        for (int i = config.count("extra_ids", 100) - 1; i >= 0; i--) {
          sentinels.add("<extra_id_" + i + ">");
        }
        yield new UnigramConvention(
            List.of(), 0, sentinels, spm.unkId(), "$A </s>", "$A </s> $B </s>");
      }
      case "XLMRobertaTokenizer" ->
          new UnigramConvention(
              FAIRSEQ_HEAD, 3, List.of("<mask>"), 3, ROBERTA_SINGLE, ROBERTA_PAIR);
      case "CamembertTokenizer" ->
          new UnigramConvention(
              List.of("<s>NOTUSED", "<pad>", "</s>NOTUSED", "<unk>", "<unk>NOTUSED"),
              1,
              List.of("<mask>"),
              3,
              ROBERTA_SINGLE,
              ROBERTA_PAIR);
      case "XGLMTokenizer" -> {
        List<String> madeUp = new ArrayList<>();
        for (int i = 0; i < 7; i++) {
          madeUp.add("<madeupword" + i + ">");
        }
        yield new UnigramConvention(FAIRSEQ_HEAD, 3, madeUp, 3, "</s> $A", "</s> $A </s> </s> $B");
      }
      case "MBartTokenizer", "MBart50Tokenizer" -> {
        List<String> tail = new ArrayList<>(MBART_LANGUAGES);
        tail.addAll(MBART_MORE);
        boolean is50 = tokenizerClass.equals("MBart50Tokenizer");
        if (is50) {
          tail.addAll(MBART_50);
        }
        tail.add("<mask>");
        String language = config.text("src_lang", "en_XX");
        yield new UnigramConvention(
            FAIRSEQ_HEAD,
            3,
            tail,
            3,
            is50 ? language + " $A </s>" : "$A </s> " + language,
            is50 ? language + " $A $B </s>" : "$A $B </s> " + language);
      }
      case "PegasusTokenizer" -> pegasus(spm, config);
      case "XLNetTokenizer" ->
          new UnigramConvention(
              List.of(),
              0,
              List.of(),
              spm.unkId(),
              "$A <sep> <cls>:2",
              "$A <sep> $B:1 <sep>:1 <cls>:2");
      case "AlbertTokenizer", "FNetTokenizer", "BigBirdTokenizer", "DebertaV2Tokenizer" ->
          new UnigramConvention(List.of(), 0, List.of(), spm.unkId(), BERT_SINGLE, BERT_PAIR);
      case "ReformerTokenizer" ->
          new UnigramConvention(List.of(), 0, List.of(), spm.unkId(), null, null);
      default -> null;
    };
  }

  private static UnigramConvention pegasus(SentencePieceModel spm, TokenizerConfig config) {
    int offset = config.count("offset", 103);
    String eos = config.token("eos_token").orElse("</s>");
    List<String> head = new ArrayList<>();
    head.add(config.token("pad_token").orElse("<pad>"));
    head.add(eos);
    if (offset > 0) {
      head.add(config.text("mask_token_sent", "<mask_1>"));
      head.add(config.token("mask_token").orElse("<mask_2>"));
    }
    for (int i = 2; i < offset; i++) {
      head.add("<unk_" + i + ">");
    }
    return new UnigramConvention(
        head, 2, List.of(), spm.unkId() + offset, "$A " + eos, "$A $B " + eos);
  }

  /**
   * Creates the model with these ids.
   *
   * @param splitsNumbersFromCommas ALBERT: splits a digit from the comma after it
   */
  UnigramModel model(SentencePieceModel spm, boolean splitsNumbersFromCommas) {
    List<UnigramModel.Piece> pieces = new ArrayList<>();
    for (String token : head) {
      boolean unlikely = UNLIKELY_HEADS.contains(token) || token.startsWith("<unk_");
      pieces.add(new UnigramModel.Piece(token, unlikely ? UNLIKELY : 0));
    }
    for (SentencePieceModel.Piece piece : spm.pieces().subList(dropped, spm.pieces().size())) {
      String text = piece.text();
      int length = text.length();
      boolean isNumber =
          length >= 2 && text.endsWith(",") && Character.isDigit(text.charAt(length - 2));
      double penalty = splitsNumbersFromCommas && isNumber ? UNLIKELY : 0;
      pieces.add(new UnigramModel.Piece(text, piece.score() + penalty));
    }
    tail.forEach(token -> pieces.add(new UnigramModel.Piece(token, 0)));
    try {
      return new UnigramModel(pieces, unkId, spm.byteFallback());
    } catch (IllegalArgumentException e) {
      throw new TokenizerFileException(spm.file(), "pieces", String.valueOf(e.getMessage()), e);
    }
  }
}
