/** Files and folders that the user names: texts, models, output folders. */
package dev.rapt.cli.files;
