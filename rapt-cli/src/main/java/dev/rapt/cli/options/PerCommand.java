package dev.rapt.cli.options;

import java.lang.annotation.ElementType;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;

/** What help adds to the description of an option that several commands share. */
@Retention(RetentionPolicy.RUNTIME)
@Target(ElementType.FIELD)
public @interface PerCommand {
  /** Returns what the help of {@code train} adds. */
  String train() default "";

  /** Returns what the help of {@code pretrain} adds. */
  String pretrain() default "";

  /** Returns what the help of {@code finetune} adds. */
  String finetune() default "";
}
