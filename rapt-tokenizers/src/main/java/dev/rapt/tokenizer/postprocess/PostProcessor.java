package dev.rapt.tokenizer.postprocess;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** The post-processor of a tokenizer: adds special tokens and sets token types. */
public sealed interface PostProcessor {

  /** Returns the parts of the encoding, in order. */
  List<Draft> process(List<Draft> drafts, boolean addSpecialTokens);

  /** Returns the number of tokens added to one text or to a pair. */
  int addedTokens(boolean pair);

  /** Joins the parts of an encoding. */
  static Draft join(List<Draft> parts) {
    if (parts.size() == 1) {
      return parts.getFirst();
    }
    Draft result = new Draft();
    for (Draft part : parts) {
      result.append(part);
    }
    return result;
  }

  /** Applies several post-processors in order. */
  record Sequence(List<PostProcessor> parts) implements PostProcessor {
    public Sequence {
      parts = List.copyOf(parts);
    }

    @Override
    public List<Draft> process(List<Draft> drafts, boolean addSpecialTokens) {
      for (PostProcessor part : parts) {
        drafts = part.process(drafts, addSpecialTokens);
      }
      return drafts;
    }

    @Override
    public int addedTokens(boolean pair) {
      return parts.stream().mapToInt(part -> part.addedTokens(pair)).sum();
    }
  }

  /** Excludes white space from offsets if {@code trimOffsets}; adds no tokens. */
  record ByteLevel(boolean addPrefixSpace, boolean trimOffsets, boolean useRegex)
      implements PostProcessor {
    @Override
    public List<Draft> process(List<Draft> drafts, boolean addSpecialTokens) {
      if (trimOffsets) {
        drafts.forEach(draft -> draft.trimOffsets(addPrefixSpace));
      }
      return drafts;
    }

    @Override
    public int addedTokens(boolean pair) {
      return 0;
    }
  }

  /** A special token and its id. */
  record Marker(String token, int id) {}

  /** {@code cls A sep}, {@code cls A sep B sep} with types 0 and 1. */
  record Bert(Marker sep, Marker cls) implements PostProcessor {
    @Override
    public List<Draft> process(List<Draft> drafts, boolean addSpecialTokens) {
      if (!addSpecialTokens) {
        return drafts;
      }
      List<Draft> parts = new ArrayList<>();
      for (int i = 0; i < drafts.size(); i++) {
        if (i == 0) {
          parts.add(special(cls, 0));
        }
        parts.add(drafts.get(i));
        parts.add(special(sep, i));
      }
      return parts;
    }

    @Override
    public int addedTokens(boolean pair) {
      return pair ? 3 : 2;
    }
  }

  /** {@code cls A sep}, {@code cls A sep sep B sep}, all with type 0. */
  record Roberta(Marker sep, Marker cls, boolean trimOffsets, boolean addPrefixSpace)
      implements PostProcessor {
    @Override
    public List<Draft> process(List<Draft> drafts, boolean addSpecialTokens) {
      List<Draft> parts = new ArrayList<>();
      for (int i = 0; i < drafts.size(); i++) {
        Draft draft = drafts.get(i);
        if (trimOffsets) {
          draft.trimOffsets(addPrefixSpace);
        }
        draft.setTypeIds(0);
        if (addSpecialTokens) {
          draft.overflowing().forEach(part -> part.setTypeIds(0));
          parts.add(special(i == 0 ? cls : sep, 0));
        }
        parts.add(draft);
        if (addSpecialTokens) {
          parts.add(special(sep, 0));
        }
      }
      return parts;
    }

    @Override
    public int addedTokens(boolean pair) {
      return pair ? 4 : 2;
    }
  }

  /** Templates for one text and for a pair. */
  record Template(List<Piece> single, List<Piece> pair, Map<String, SpecialToken> specialTokens)
      implements PostProcessor {
    public Template {
      single = List.copyOf(single);
      pair = List.copyOf(pair);
      specialTokens = java.util.Collections.unmodifiableMap(new LinkedHashMap<>(specialTokens));
      for (List<Piece> template : List.of(single, pair)) {
        for (Piece piece : template) {
          if (piece instanceof Piece.Special special && !specialTokens.containsKey(special.id())) {
            throw new IllegalArgumentException(
                "template: special_tokens must define "
                    + special.id()
                    + ", got only "
                    + specialTokens.keySet());
          }
        }
      }
      if (single.contains(new Piece.Text(true, 0))) {
        throw new IllegalArgumentException("template: single must not use the second text");
      }
    }

    @Override
    public List<Draft> process(List<Draft> drafts, boolean addSpecialTokens) {
      List<Draft> parts = new ArrayList<>();
      for (Piece piece : drafts.size() > 1 ? pair : single) {
        switch (piece) {
          case Piece.Text text -> {
            Draft draft = drafts.get(text.second() ? 1 : 0);
            draft.setTypeIds(text.typeId());
            parts.add(draft);
          }
          case Piece.Special special -> {
            if (addSpecialTokens) {
              parts.add(draftOf(special));
            }
          }
        }
      }
      return parts;
    }

    private Draft draftOf(Piece.Special special) {
      SpecialToken token = java.util.Objects.requireNonNull(specialTokens.get(special.id()));
      Draft draft = new Draft();
      for (int i = 0; i < token.ids().size(); i++) {
        draft.addSpecial(token.ids().get(i), token.tokens().get(i), special.typeId());
      }
      return draft;
    }

    @Override
    public int addedTokens(boolean forPair) {
      int count = 0;
      for (Piece piece : forPair ? pair : single) {
        if (piece instanceof Piece.Special special) {
          count += draftOf(special).size();
        }
      }
      return count;
    }

    /** A part of a template. */
    public sealed interface Piece {
      /** The first or the second text. */
      record Text(boolean second, int typeId) implements Piece {}

      /** A special token by its name in {@code special_tokens}. */
      record Special(String id, int typeId) implements Piece {}
    }

    /** The tokens that a name expands to. */
    public record SpecialToken(String id, List<Integer> ids, List<String> tokens) {
      public SpecialToken {
        ids = List.copyOf(ids);
        tokens = List.copyOf(tokens);
        if (ids.size() != tokens.size()) {
          throw new IllegalArgumentException(
              "special token "
                  + id
                  + ": must have as many ids as tokens, got "
                  + ids.size()
                  + " ids and "
                  + tokens.size()
                  + " tokens");
        }
      }
    }
  }

  private static Draft special(Marker marker, int typeId) {
    Draft draft = new Draft();
    draft.addSpecial(marker.id(), marker.token(), typeId);
    return draft;
  }
}
