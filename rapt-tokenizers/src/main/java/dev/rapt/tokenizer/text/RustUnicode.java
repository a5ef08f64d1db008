package dev.rapt.tokenizer.text;

import java.util.Arrays;

/**
 * Properties of characters as Hugging Face tokenizers 0.23.2 has them. They differ from the JDK's
 * (Unicode 16), since its libraries are of several versions of Unicode:
 *
 * <ul>
 *   <li>general categories in BERT's normaliser and of punctuation: unicode_categories 0.1.1,
 *       Unicode 8
 *   <li>normalisation forms and combining marks: unicode-normalization-alignments 0.1.12, Unicode 9
 *   <li>scripts: a table of its own, Unicode 9
 *   <li>lower case and numbers: Rust's standard library, Unicode 17
 * </ul>
 *
 * <p>The tables hold only what differs. They were found by comparing both for every code point.
 */
public final class RustUnicode {
  /** Characters that Unicode 10 to 16 added; ranges may run over unassigned code points. */
  private static final int[] AFTER_9 =
      ranges(
          "560 588 5EF 61D 7FD-7FF 860-89F 8B5 8BE-8D3 9FC-9FE A76 AFA-AFF B55 C04 C3C C5D C77"
              + " C84 CDD CF3-D00 D04 D3B-D3C D81 E86 E89 E8C E8E-E93 E98 EA0 EA8-EA9 EAC EBA"
              + " ECE 170D 1715-171F 180F 1878 1ABF-1ACE 1B4C-1B4F 1B7D-1B7F 1C89-1CBF 1CF7 1CFA"
              + " 1DF6-1DFA 20BF-20C0 23FF 2427-2429 2B97 2BBA-2BBC 2BC9 2BD2-2BEB 2BF0-2BFF"
              + " 2C2F 2C5F 2E45-2E5D 2FFC-2FFF 312E-312F 31BB-31BF 31E4-31EF 32FF 4DB6-4DBF"
              + " 9FD6-9FFF A7AF A7B8-A7F6 A82C A8FE-A8FF AB66-AB6B FBC2 FD40-FD4F FDCF"
              + " FDFE-FDFF 1019C 1032D-1032F 10570-105F3 10780-107BA 10A34-10A35 10A48"
              + " 10D00-10D8F 10E80-10FF6 11070-11075 110C2-110CD 11144-11147 111CE-111CF"
              + " 1123F-11241 1133B 11380-113E2 1145A 1145E-11461 116B8-116B9 116D0-116E3 1171A"
              + " 11740-1183B 11900-11ABF 11B00-11BF9 11D00-11FFF 12F90-12FF2 1342F-143FA"
              + " 16100-16139 16A70-16AC9 16D40-16E9A 16F45-16F4F 16F7F-16F87 16FE1-16FF1"
              + " 187ED-187F7 18AF3-1AFFE 1B002-1B2FB 1CC00-1CFC3 1D1E9-1D1EA 1D2C0-1D2F3"
              + " 1D372-1D378 1DF00-1DF2A 1E030-1E7FE 1E94B 1EC71-1ED3D 1F10D-1F10F 1F12F"
              + " 1F16C-1F16F 1F1AD 1F260-1F265 1F6D3-1F6DF 1F6F7-1F6FC 1F774-1F77F 1F7D5-1F7F0"
              + " 1F8B0-1F90F 1F91F 1F928-1F92F 1F931-1F932 1F93F 1F94C-1F94F 1F95F-1F97F"
              + " 1F992-1F9BF 1F9C1-1FBF9 2A6D7-2A6DF 2B735-2B739 2CEB0-2EE5D 30000-323AF");

  /** Marks, punctuation and format characters that Unicode 9 added or made such. */
  private static final int[] IN_9 =
      ranges(
          "8D4-8E2 1885-1886 1DFB 2E43-2E44 A8C5 A9BD 1123E 11438-1143F 11442-11444 11446"
              + " 1144B-1144F 1145B-1145D 11660-1166C 11C30-11C3D 11C3F 11C41-11C45 11C70-11C71"
              + " 11C92-11CA7 11CAA-11CB0 11CB2-11CB3 11CB5-11CB6 1E000-1E02A 1E944-1E94A"
              + " 1E95E-1E95F");

  private RustUnicode() {}

  /** Returns whether a character came after Unicode 9: it does not take part in normalisation. */
  public static boolean isAfter9(int c) {
    return contains(AFTER_9, c);
  }

  /** {@code \p{Mn}} in Unicode 8. */
  public static boolean isNonSpacingMark(int c) {
    return (Character.getType(c) == Character.NON_SPACING_MARK && isIn8(c) && c != 0x111C9)
        || c == 0x1734
        || c == 0x1171E;
  }

  /** {@code \p{M}} in Unicode 9. */
  public static boolean isMark(int c) {
    return ((CharClass.of(c) & CharClass.MARK) != 0 && !isAfter9(c) && c != 0x111C9)
        || c == 0x1CF2
        || c == 0x1CF3;
  }

  /** {@code \p{P}} in Unicode 8, and the symbols of ASCII. */
  public static boolean isPunctuation(int c) {
    if ((CharClass.of(c) & CharClass.PUNCTUATION) == 0) {
      return c == 0x111C9;
    }
    return switch (Character.getType(c)) {
      case Character.MATH_SYMBOL,
          Character.CURRENCY_SYMBOL,
          Character.MODIFIER_SYMBOL,
          Character.OTHER_SYMBOL ->
          c < 0x80 || c == 0x166D;
      default -> isIn8(c);
    };
  }

  /** {@code [\p{Cc}\p{Cf}\p{Co}]} in Unicode 8: control, format and private-use characters. */
  public static boolean isControl(int c) {
    return switch (Character.getType(c)) {
      case Character.CONTROL, Character.FORMAT, Character.PRIVATE_USE, Character.SURROGATE ->
          isIn8(c);
      default -> false;
    };
  }

  /** {@code \p{N}} in Unicode 17. */
  public static boolean isNumber(int c) {
    return (CharClass.of(c) & CharClass.NUMBER) != 0
        || (c >= 0x11DE0 && c <= 0x11DE9)
        || (c >= 0x16FF4 && c <= 0x16FF6);
  }

  /** Returns the simple lower case of a character in Unicode 17. */
  public static int toLowerCase(int c) {
    if (c == 0xA7CE || c == 0xA7D2 || c == 0xA7D4) {
      return c + 1;
    }
    return c >= 0x16EA0 && c <= 0x16EB8 ? c + 0x1B : Character.toLowerCase(c);
  }

  /** Returns the script of a character in Unicode 9. */
  public static Character.UnicodeScript scriptOf(int c) {
    return switch (c) {
      case 0x589, 0x61C -> Character.UnicodeScript.COMMON;
      case 0x953, 0x954 -> Character.UnicodeScript.DEVANAGARI;
      default -> isAfter9(c) ? Character.UnicodeScript.UNKNOWN : Character.UnicodeScript.of(c);
    };
  }

  private static boolean isIn8(int c) {
    return !contains(IN_9, c) && !isAfter9(c);
  }

  /** Returns the bounds of ranges like {@code 61D 7FD-7FF}: first, last, first, last, ... */
  private static int[] ranges(String hex) {
    return Arrays.stream(hex.split(" ", -1))
        .flatMapToInt(range -> {
          int dash = range.indexOf('-');
          int first = Integer.parseInt(dash < 0 ? range : range.substring(0, dash), 16);
          return java.util.stream.IntStream.of(
              first, dash < 0 ? first : Integer.parseInt(range.substring(dash + 1), 16));
        })
        .toArray();
  }

  private static boolean contains(int[] ranges, int c) {
    int at = Arrays.binarySearch(ranges, c);
    return at >= 0 || (~at & 1) == 1; // an odd insertion point lies inside a range
  }
}
