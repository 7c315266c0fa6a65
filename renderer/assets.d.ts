// What the bundler turns into an address or a style sheet. Named here, not taken from `vite/client`, because that
// file brings Node's types into the page's layer.
declare module '*.css';
declare module '*.module.css' {
  const classes: Readonly<Record<string, string>>;
  export default classes;
}
declare module '*.svg' {
  const address: string;
  export default address;
}
declare module '*.png' {
  const address: string;
  export default address;
}
declare module '@fontsource-variable/*';
