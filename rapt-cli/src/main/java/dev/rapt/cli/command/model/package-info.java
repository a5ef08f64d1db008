/** Commands that fetch, show and convert the files of models. */
package dev.rapt.cli.command.model;
