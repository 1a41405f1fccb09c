declare module "asl-validator" {
  /** Holds a definition against the schema of the Amazon States Language, its paths and its transitions. */
  export default function validate(definition: object): {
    isValid: boolean;
    errors: { "Error code": string; Message?: string }[];
    errorsText: (separator?: string) => string;
  };
}
