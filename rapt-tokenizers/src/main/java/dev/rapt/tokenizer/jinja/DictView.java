package dev.rapt.tokenizer.jinja;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/** The keys, values or items of a dict. */
record DictView(Kind kind, Map<?, ?> dict) {
  enum Kind {
    KEYS("dict_keys"),
    VALUES("dict_values"),
    ITEMS("dict_items");

    private final String typeName;

    Kind(String typeName) {
      this.typeName = typeName;
    }

    String typeName() {
      return typeName;
    }
  }

  List<Object> elements() {
    List<Object> elements = new ArrayList<>(dict.size());
    dict.forEach((key, value) -> {
      switch (kind) {
        case KEYS -> elements.add(key);
        case VALUES -> elements.add(value);
        case ITEMS -> elements.add(Tuple.of(key, value));
      }
    });
    return elements;
  }
}
