package dev.rapt.tokenizer.jinja;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** A macro with the scope it was defined in. */
record Macro(
    String name,
    Statement.Signature signature,
    List<Statement> body,
    Scope closure,
    Renderer renderer)
    implements Function {

  @Override
  public Object call(Arguments arguments) {
    Scope scope = new Scope(closure);
    List<String> parameters = signature.parameters();
    List<Object> positional = arguments.positional();
    Map<String, Object> named = new LinkedHashMap<>(arguments.named());
    int firstDefault = parameters.size() - signature.defaults().size();
    for (int i = 0; i < parameters.size(); i++) {
      String parameter = parameters.get(i);
      Object value = i < positional.size() ? positional.get(i) : named.remove(parameter);
      if (value == null) {
        value =
            i >= firstDefault
                ? renderer.evaluate(signature.defaults().get(i - firstDefault), scope)
                : Undefined.because("parameter '" + parameter + "' was not provided");
      }
      scope.set(parameter, value);
    }
    if (signature.takesCaller() && !parameters.contains("caller")) {
      Object caller = named.remove("caller");
      scope.set("caller", caller == null ? Undefined.because("No caller defined") : caller);
    }
    if (signature.takesMoreNamed()) {
      scope.set("kwargs", new LinkedHashMap<Object, Object>(named));
    } else if (!named.isEmpty()) {
      throw TemplateException.type(
          "macro '"
              + name
              + "' takes no keyword argument '"
              + named.keySet().iterator().next()
              + "'");
    }
    int given = Math.min(parameters.size(), positional.size());
    if (signature.takesMore()) {
      scope.set("varargs", new Tuple(positional.subList(given, positional.size())));
    } else if (positional.size() > parameters.size()) {
      throw TemplateException.type(
          "macro '" + name + "' takes not more than " + parameters.size() + " argument(s)");
    }
    return renderer.capture(body, scope);
  }

  @Nullable Object attribute(String attribute) {
    return switch (attribute) {
      case "name" -> name;
      case "arguments" -> new Tuple(List.copyOf(signature.parameters()));
      case "catch_varargs" -> signature.takesMore();
      case "catch_kwargs" -> signature.takesMoreNamed();
      case "caller" -> signature.takesCaller();
      default -> null;
    };
  }
}
