declare module "htmx.org/dist/htmx.esm.js" {
  interface Swap {
    text: string;
    target: Element;
    swap: string;
    sourceElement?: Element;
  }
  const htmx: {
    config: { morphIgnore: string[] };
    swap(swap: Swap): Promise<void>;
    process(element: Element): void;
  };
  export default htmx;
}
